// SPDX-License-Identifier: Apache-2.0
// What freeDiameter tells us leaves a line each, and a thread of its that is cancelled in the middle of one ends the
// line.
#include "diameter_ext/logging.h"

#include "diameter_ext/fd.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <vector>

// libfdcore exports it and declares it for itself alone.
extern "C" void fd_hook_call(fd_hook_type type, msg* message, peer_hdr* peer, void* other, void* data);

namespace {

// Waits in a system call where a thread may be cancelled, as a write to a slow disk does.
class SlowSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  SlowSink() { EXPECT_EQ(pipe(ends_.data()), 0); }
  SlowSink(const SlowSink&) = delete;
  SlowSink& operator=(const SlowSink&) = delete;
  ~SlowSink() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  void wait_until_it_writes() { began_.get_future().wait(); }
  void let_it_go() const { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
  bool written = false;

 protected:
  void sink_it_(const spdlog::details::log_msg& /*line*/) override {
    began_.set_value();
    char octet = 0;
    written = read(ends_[0], &octet, 1) == 1;
  }
  void flush_() override {}

 private:
  std::array<int, 2> ends_{};
  std::promise<void> began_;
};

void* log_and_go_on(void* /*unused*/) {
  fd_log_error("a line of freeDiameter");
  pthread_testcancel();
  return nullptr;
}

TEST(Logging, ALineIsWrittenToItsEndByAThreadThatIsCancelled) {
  ASSERT_EQ(fd_core_initialize(), 0);
  const auto before = spdlog::default_logger();
  const auto sink = std::make_shared<SlowSink>();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("slow", sink));
  diameter_ext::redirect_logging();
  diameter_ext::end_of_start();
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, nullptr, log_and_go_on, nullptr), 0);
  sink->wait_until_it_writes();
  ASSERT_EQ(pthread_cancel(thread), 0);
  sink->let_it_go();
  void* result = nullptr;
  ASSERT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_TRUE(sink->written);
  diameter_ext::restore_logging();
  spdlog::set_default_logger(before);
}

// Keeps the lines of what is on by default.
class KeptLines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<std::string> lines;

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    lines.emplace_back(line.payload.data(), line.payload.size());
  }
  void flush_() override {}
};

class Events : public testing::Test {
 protected:
  void SetUp() override {
    static const int started = fd_core_initialize();
    static_cast<void>(started);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("kept", sink_));
    diameter_ext::redirect_logging();
  }
  void TearDown() override {
    diameter_ext::restore_logging();
    spdlog::set_default_logger(before_);
  }

  static constexpr std::uint32_t cx = 16777216;
  static constexpr std::uint32_t first_of_applications = 300;  // what is below is the base protocol's

  // A message that `source` has sent.
  static msg* message(std::uint32_t code, const char* source, bool is_request = true) {
    msg* made = nullptr;
    msg_hdr* header = nullptr;
    EXPECT_EQ(fd_msg_new(nullptr, 0, &made), 0);
    EXPECT_EQ(fd_msg_hdr(made, &header), 0);
    header->msg_code = code;
    header->msg_appl = code >= first_of_applications ? cx : 0;
    header->msg_flags = is_request ? CMD_FLAG_REQUEST : 0;
    if (source != nullptr) {
      EXPECT_EQ(fd_msg_source_set(made, diameter_ext::c_string(source), std::strlen(source)), 0);
    }
    return made;
  }
  void tell(fd_hook_type type, msg* about, const char* reason) {
    fd_hook_call(type, about, nullptr, diameter_ext::c_string(reason), nullptr);
    if (about != nullptr) {
      fd_msg_free(about);
    }
  }
  std::vector<std::string>& lines() { return sink_->lines; }

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::shared_ptr<KeptLines> sink_ = std::make_shared<KeptLines>();
};

using Lines = std::vector<std::string>;

TEST_F(Events, what_is_dropped_names_peer_command_and_reason) {
  tell(HOOK_MESSAGE_DROPPED, message(303, "dropped.test"), "no room");
  tell(HOOK_MESSAGE_DROPPED, message(8388000, nullptr), "no room");
  EXPECT_EQ(lines(), (Lines{R"(message_dropped peer="dropped.test" command=MAR reason="no room")",
                            R"(message_dropped peer="unknown" command=8388000 reason="no room")"}));
}

TEST_F(Events, each_peer_command_and_reason_is_a_cause_and_made_up_codes_are_none) {
  for (std::uint32_t i = 0; i < 50; ++i) {
    tell(HOOK_MESSAGE_DROPPED, message(8388000 + i, "loud.test"), "no room");
  }
  const auto flood = lines().size();
  EXPECT_LE(flood, 7U);
  tell(HOOK_MESSAGE_DROPPED, message(303, "loud.test"), "no room");
  tell(HOOK_MESSAGE_DROPPED, message(303, "quiet.test"), "no room");
  tell(HOOK_MESSAGE_DROPPED, message(303, "quiet.test"), "too many under way");
  EXPECT_EQ(lines().size(), flood + 3);
}

TEST_F(Events, a_connection_that_was_refused_is_told_by_address_whatever_its_port) {
  for (int port = 40000; port < 40050; ++port) {
    const auto reason = [&](const char* address) {
      return "Connection from '{----} TCP from [" + std::string(address) + "]:" + std::to_string(port) +
             " (3<-12)' in error before CER was received.";
    };
    tell(HOOK_PEER_CONNECT_FAILED, nullptr, reason("192.0.2.1").c_str());
    if (port == 40049) {
      tell(HOOK_PEER_CONNECT_FAILED, nullptr, reason("192.0.2.2").c_str());
    }
  }
  EXPECT_LE(lines().size(), 8U);
  EXPECT_NE(lines().front().find("[192.0.2.1]:40000"), std::string::npos);
  EXPECT_NE(lines().back().find("[192.0.2.2]:40049"), std::string::npos);
}

TEST_F(Events, octets_that_are_no_message_are_told_with_the_command_they_claim) {
  std::array<std::uint8_t, 20> octets{1, 0, 0, 20, 0x80, 0, 1, 44, 1};  // 300 of application 16777216
  fd_cnx_rcvdata received{octets.size(), octets.data()};
  fd_hook_call(HOOK_MESSAGE_PARSING_ERROR, nullptr, nullptr, &received, nullptr);
  received.length = 7;
  fd_hook_call(HOOK_MESSAGE_PARSING_ERROR, nullptr, nullptr, &received, nullptr);
  EXPECT_EQ(lines(),
            (Lines{R"(message_not_parsed peer="unknown" command=UAR reason="the octets are no Diameter message")",
                   R"(message_not_parsed peer="unknown" reason="the octets are no Diameter message")"}));
}

TEST_F(Events, what_is_answered_is_told_of_once_by_its_refusal) {
  tell(HOOK_MESSAGE_PARSING_ERROR, message(303, "answered.test"), "an AVP is missing");
  tell(HOOK_MESSAGE_ROUTING_ERROR, message(303, "answered.test"), "another realm");
  EXPECT_EQ(lines(), Lines{});
  tell(HOOK_MESSAGE_PARSING_ERROR, message(257, nullptr), "an AVP is missing");  // closes the connection
  tell(HOOK_MESSAGE_PARSING_ERROR, message(303, "answered.test", false), "an AVP is missing");
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(Events, of_what_is_received_only_a_good_bye_is_told) {
  tell(HOOK_MESSAGE_RECEIVED, message(303, "leaving.test"), nullptr);
  tell(HOOK_MESSAGE_RECEIVED, message(282, "leaving.test", false), nullptr);
  EXPECT_EQ(lines(), Lines{});
  tell(HOOK_MESSAGE_RECEIVED, message(282, "leaving.test"), nullptr);
  EXPECT_EQ(lines(), Lines{R"(peer_disconnects peer="leaving.test" command=DPR)"});
}

}  // namespace

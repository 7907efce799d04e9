// A thread of freeDiameter that is cancelled in the middle of a line writes the line to its end, and then ends.
#include "diameter_ext/logging.h"

#include "diameter_ext/fd.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <future>
#include <memory>

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

}  // namespace

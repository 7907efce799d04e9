// SPDX-License-Identifier: Apache-2.0
// A toy application of two commands, one of them 303, defined here alone and served beside Cx through the same
// corridor.
#include "diameter_ext/applications.h"
#include "diameter_ext/common_grammar.h"
#include "diameter_ext/dispatch.h"
#include "diameter_ext/serve.h"
#include "hss/app/config.h"
#include "support/diameter_library.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using diameter_ext::avp;
using diameter_ext::Message;
using support::avp_octets;
using support::avp_text;
using support::avp_u32;
using support::Octets;
using support::operator+;

std::vector<Message> answers;

}  // namespace

// As libfdcore declares them.
#pragma GCC visibility push(default)
extern "C" {
std::uint64_t fd_quintet_connection(msg* /*request*/) { return 1; }
int fd_quintet_is_wanted(msg* /*request*/) { return 1; }
void fd_quintet_send_answers(msg** sent, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    answers.emplace_back(std::exchange(sent[i], nullptr));
  }
}
}
#pragma GCC visibility pop

namespace {

constexpr std::uint32_t cx_id = 16777216;
constexpr std::uint32_t toy_id = 16777999;
constexpr std::uint32_t toss_code = 303;  // that of Cx's Multimedia-Auth
constexpr std::uint32_t catch_code = 8388999;

// Plain values and traits, as a wing of hss has them.
struct Toy {
  std::string colour;
  hss::Requester requester;
};
struct ToyAnswer {
  hss::Outcome outcome = hss::Outcome::unable_to_comply;
  std::string colour;
};
struct Toss {
  using Request = Toy;
  using Answer = ToyAnswer;
};
struct Catch {
  using Request = Toy;
  using Answer = ToyAnswer;
};

// A codec, as a wing of diameter_ext has it.
template <typename CommandOf>
struct ToyCodec {
  using Command = CommandOf;
  using Request = Toy;
  using Answer = ToyAnswer;
  static diameter_ext::Decoded<Request> decode(const diameter_ext::ReceivedRequest& received) {
    const auto read = [](const diameter_ext::ReceivedAvp& one, Request& out) {
      return one.which == avp("Reason-Info") ? diameter_ext::read_text(one, out.colour)
                                             : diameter_ext::read_requester(one, out.requester);
    };
    return diameter_ext::decode_request<Request>(received, read);
  }
  static void write(diameter_ext::Writer& writer, const Answer& answer) {
    writer.text(avp("Reason-Info"), answer.colour);
  }
};

// A server whose answers say which of its entrances was used.
struct ToyDoor {
  template <typename Command>
  void submit(typename Command::Request request, std::unique_ptr<hss::app::Reply<typename Command::Answer>> reply) {
    const char* const prefix = std::is_same_v<Command, Toss> ? "tossed " : "caught ";
    reply->send({hss::Outcome::success, prefix + request.colour});
  }
};

constexpr std::array toy_commands{
    diameter_ext::CommandRow{toss_code, "TOR", "Toss-Request", "Toss-Answer",
                             diameter_ext::request("{ Reason-Info } [ User-Name ]"),
                             diameter_ext::answer("[ Reason-Info ]"), diameter_ext::serve<ToyCodec<Toss>, ToyDoor>,
                             diameter_ext::repeat_user_name},
    diameter_ext::CommandRow{catch_code, "CAR", "Catch-Request", "Catch-Answer",
                             diameter_ext::request("*{ Reason-Info }"), diameter_ext::answer("[ Reason-Info ]"),
                             diameter_ext::serve<ToyCodec<Catch>, ToyDoor>, diameter_ext::repeat_user_name}};
constexpr diameter_ext::Application toy{toy_id, 10415, "Toy", toy_commands, {}, diameter_ext::repeat_user_name};

Octets head(std::uint32_t application) {
  return avp_text(263, 0, "a;1;2") + avp_octets(260, 0, avp_u32(266, 0, 10415) + avp_u32(258, 0, application)) +
         avp_u32(277, 0, 1) + avp_text(264, 0, "toy.ims.test") + avp_text(296, 0, "ims.test") +
         avp_text(283, 0, "ims.test");
}
Octets colour(std::string_view name) { return avp_text(617, 10415, name); }

class ToyApplication : public testing::Test {
 protected:
  static void SetUpTestSuite() { support::start_library(); }

  // A dispatcher of both, and the peer that may ask everything.
  ToyApplication() {
    static constexpr std::array toy_alone{&toy};
    offered_.assign(diameter_ext::applications().begin(), diameter_ext::applications().end());
    offered_.insert(offered_.end(), toy_alone.begin(), toy_alone.end());
    dictionary_ = diameter_ext::define_dictionary(offered_);
    hss::app::DiameterConfig config;
    config.permits.emplace_back().peer = "*";
    permits_ = std::make_unique<hss::app::Permits>(config, "ims.test");
    dispatcher_ = std::make_unique<diameter_ext::Dispatcher>(dictionary_, door_, sender_, *permits_);
    dispatcher_->offer(offered_);
    answers.clear();
  }

  // Through freeDiameter's own dispatch; the answer that left.
  msg* ask(std::uint32_t application, std::uint32_t command, const Octets& avps) {
    Message request = support::request_of(application, command, avps);
    constexpr std::string_view host = "toy.ims.test";
    EXPECT_EQ(fd_msg_source_set(request.get(), const_cast<char*>(host.data()), host.size()), 0);
    msg* handle = request.release();
    disp_action action{};
    EXPECT_EQ(fd_msg_dispatch(&handle, nullptr, &action, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(handle, nullptr) << "nobody took it";
    sender_.stop();  // what it has leaves now
    return answers.size() == 1 ? answers.front().get() : nullptr;
  }

  static std::string text_in(msg* answer, diameter_ext::Avp which) {
    std::string out;
    diameter_ext::visit_children(answer, [&](const diameter_ext::ReceivedAvp& child) {
      if (child.which == which) out = child.text().value_or("?");
      return false;
    });
    return out;
  }
  static std::uint32_t result_of(msg* answer) {
    std::uint32_t out = 0;
    diameter_ext::visit_children(answer, [&](const diameter_ext::ReceivedAvp& child) {
      if (child.which == avp("Result-Code")) out = child.u32().value_or(0);
      return false;
    });
    return out;
  }
  // The name of what stands in Failed-AVP.
  static std::string failed_in(msg* answer) {
    std::string out;
    diameter_ext::visit_children(answer, [&](const diameter_ext::ReceivedAvp& child) {
      if (child.which == avp("Failed-AVP")) {
        for (const auto& inner : diameter_ext::children_of(child.handle)) out = diameter_ext::row_of(inner.which).name;
      }
      return false;
    });
    return out;
  }

 private:
  std::vector<const diameter_ext::Application*> offered_;
  diameter_ext::Dictionary dictionary_;
  ToyDoor door_;
  diameter_ext::Sender sender_;
  std::unique_ptr<hss::app::Permits> permits_;
  std::unique_ptr<diameter_ext::Dispatcher> dispatcher_;
};

TEST_F(ToyApplication, has_both_commands_served) {
  msg* answer = ask(toy_id, toss_code, head(toy_id) + colour("red"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(result_of(answer), 2001U);
  EXPECT_EQ(text_in(answer, avp("Reason-Info")), "tossed red");
}

TEST_F(ToyApplication, has_its_other_command_served) {
  msg* answer = ask(toy_id, catch_code, head(toy_id) + colour("blue"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(text_in(answer, avp("Reason-Info")), "caught blue");
}

// Cx's Multimedia-Auth has no Reason-Info and needs what the toy has not.
TEST_F(ToyApplication, is_judged_by_its_own_grammar_and_cx_by_cx_s) {
  msg* toys = ask(toy_id, toss_code, head(toy_id));
  ASSERT_NE(toys, nullptr);
  EXPECT_EQ(result_of(toys), 5005U);
  EXPECT_EQ(failed_in(toys), "Reason-Info");
}

TEST_F(ToyApplication, leaves_cx_its_grammar) {
  msg* answer = ask(cx_id, toss_code, head(cx_id) + colour("red"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(result_of(answer), 5005U);
  EXPECT_EQ(failed_in(answer), "User-Name");
}

TEST_F(ToyApplication, may_not_have_a_command_of_cx) {
  msg* answer = ask(toy_id, 300, head(toy_id));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(result_of(answer), 3001U);
}

TEST_F(ToyApplication, repeats_what_its_row_says_in_bad_answers_as_well) {
  msg* answer = ask(toy_id, toss_code, head(toy_id) + avp_text(1, 0, "u@ims.test"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(result_of(answer), 5005U);
  EXPECT_EQ(text_in(answer, avp("User-Name")), "u@ims.test");
}

}  // namespace

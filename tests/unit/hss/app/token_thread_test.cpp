// SPDX-License-Identifier: Apache-2.0
// Threads over one queue: they work side by side, and one that hangs or is broken costs no other's requests.
#include "hss/app/token_thread.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using hss::Outcome;

constexpr auto call_timeout = 100ms;

class AnyKey final : public hsm::LoadedKey {
 public:
  AnyKey() : hsm::LoadedKey(hsm::HeapSecret(std::size_t{16})) {}
};

// Encrypts nothing; `at_load` is called by whatever thread uses it.
class AnyToken final : public hsm::Token {
 public:
  std::function<void()> at_load = [] {};
  std::atomic<int> loads{0};

  hsm::Key load(const hsm::KeyReference& /*reference*/) override {
    ++loads;
    at_load();
    return std::make_shared<AnyKey>();
  }
  hsm::HeapSecret unseal(std::uint16_t /*id*/, hsm::Bytes /*binding*/, hsm::Bytes /*sealed*/) override { return {}; }
  void begin(const hsm::Key& /*key*/) override {}
  void update(hsm::Bytes in, hsm::MutableBytes out) override { std::copy(in.begin(), in.end(), out.begin()); }
  void end() noexcept override {}
  void random(hsm::MutableBytes /*out*/) override {}
};

// Loads a key and tells what became of it.
class AnyTask final : public hss::app::TokenTask {
 public:
  explicit AnyTask(std::promise<Outcome> outcome) : outcome_(std::move(outcome)) {}

  [[nodiscard]] bool is_wanted() const noexcept override { return !is_answered_; }
  void perform(hsm::Token& token) override { token.load({}); }
  void finish(Outcome outcome) noexcept override { answer(outcome); }
  void give_up(Outcome outcome) noexcept override { answer(outcome); }
  [[nodiscard]] std::string owner() const override { return "any"; }

 private:
  void answer(Outcome outcome) noexcept {
    if (!is_answered_.exchange(true)) {
      outcome_.set_value(outcome);
    }
  }

  std::promise<Outcome> outcome_;
  std::atomic<bool> is_answered_{false};
};

class TokenThreadsTest : public ::testing::Test {
 protected:
  static constexpr std::size_t sessions = 4;

  TokenThreadsTest() {
    hss::app::TokenCare care{[](std::size_t) {}, [this](std::size_t number) { return broken.at(number).load(); },
                             [] { return Outcome::success; }};
    std::vector<hsm::Token*> all;
    for (AnyToken& token : tokens) {
      all.push_back(&token);
    }
    worker = std::make_unique<hss::app::TokenThreads>(all, care, call_timeout);
  }
  ~TokenThreadsTest() override { EXPECT_TRUE(worker->stop(5s)); }

  // Submits so many requests as one batch; what they will be answered.
  std::vector<std::future<Outcome>> submit(std::size_t count) const {
    std::vector<hss::app::TokenThreads::Task> work;
    std::vector<std::future<Outcome>> answers;
    for (std::size_t i = 0; i < count; ++i) {
      std::promise<Outcome> promise;
      answers.push_back(promise.get_future());
      work.push_back(std::make_unique<AnyTask>(std::move(promise)));
    }
    worker->submit(std::move(work));
    return answers;
  }
  static std::size_t count(std::vector<std::future<Outcome>>& answers, Outcome outcome) {
    std::size_t found = 0;
    for (auto& answer : answers) {
      EXPECT_EQ(answer.wait_for(5s), std::future_status::ready);
      found += answer.get() == outcome ? 1 : 0;
    }
    return found;
  }
  static void hang_in(AnyToken& token, const std::shared_future<void>& until) {
    token.at_load = [until] { until.wait(); };
  }
  void hang_in_all(const std::shared_future<void>& until) {
    for (AnyToken& token : tokens) {
      hang_in(token, until);
    }
  }

  std::array<std::atomic<bool>, sessions> broken{};
  std::array<AnyToken, sessions> tokens;
  std::unique_ptr<hss::app::TokenThreads> worker;
};

TEST_F(TokenThreadsTest, one_batch_is_worked_on_by_all_sessions_at_once) {
  std::latch all_in(sessions);
  for (AnyToken& token : tokens) {
    token.at_load = [&] { all_in.arrive_and_wait(); };  // ends only when each session has one
  }
  worker->start();
  auto answers = submit(sessions);
  EXPECT_EQ(count(answers, Outcome::success), sessions);
}

TEST_F(TokenThreadsTest, hung_session_costs_its_own_request_only) {
  std::promise<void> release;
  hang_in(tokens[0], release.get_future().share());
  worker->start();
  auto answers = submit(200);
  EXPECT_LE(count(answers, Outcome::too_busy), 1U);
  for (int i = 0; i < 100 && tokens[0].loads == 0; ++i) {  // until it has got one
    auto more = submit(20);
    EXPECT_LE(count(more, Outcome::too_busy), 1U);
  }
  EXPECT_EQ(tokens[0].loads, 1);
  EXPECT_EQ(worker->refusal(), std::nullopt);
  auto meanwhile = submit(50);
  EXPECT_EQ(count(meanwhile, Outcome::success), 50U);
  release.set_value();
}

TEST_F(TokenThreadsTest, when_all_sessions_hang_everything_is_too_busy_and_comes_back) {
  std::promise<void> release;
  hang_in_all(release.get_future().share());
  worker->start();
  auto answers = submit(100);
  EXPECT_EQ(count(answers, Outcome::too_busy), 100U);
  EXPECT_EQ(worker->refusal(), Outcome::too_busy);
  auto refused = submit(5);
  EXPECT_EQ(count(refused, Outcome::too_busy), 5U);
  release.set_value();
  for (int i = 0; i < 1000 && worker->refusal(); ++i) {
    std::this_thread::sleep_for(5ms);
  }
  auto again = submit(20);
  EXPECT_EQ(count(again, Outcome::success), 20U);
}

TEST_F(TokenThreadsTest, broken_session_draws_no_work) {
  broken[2] = true;
  worker->start();
  auto answers = submit(200);
  EXPECT_EQ(count(answers, Outcome::success), 200U);
  EXPECT_EQ(tokens[2].loads, 0);
}

TEST_F(TokenThreadsTest, when_all_sessions_are_broken_requests_are_failed_and_do_not_wait) {
  for (std::size_t i = 0; i < sessions; ++i) {
    broken.at(i) = true;
    tokens.at(i).at_load = [] { throw hsm::Error(hsm::Kind::device, "C_OpenSession", 0, "none left"); };
  }
  worker->start();
  auto answers = submit(20);
  EXPECT_EQ(count(answers, Outcome::out_of_service), 20U);
}

TEST_F(TokenThreadsTest, stop_finishes_what_it_has) {
  for (AnyToken& token : tokens) {
    token.at_load = [] { std::this_thread::sleep_for(1ms); };
  }
  worker->start();
  auto answers = submit(100);
  EXPECT_TRUE(worker->stop(5s));
  EXPECT_EQ(count(answers, Outcome::success), 100U);
}

TEST_F(TokenThreadsTest, stop_does_not_wait_for_a_session_that_hangs) {
  std::promise<void> release;
  hang_in_all(release.get_future().share());
  worker->start();
  auto answers = submit(10);
  EXPECT_FALSE(worker->stop(200ms));
  EXPECT_EQ(count(answers, Outcome::too_busy), 10U);
  release.set_value();
}

}  // namespace

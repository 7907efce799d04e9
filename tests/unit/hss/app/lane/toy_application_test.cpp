// SPDX-License-Identifier: Apache-2.0
// An application of two commands that is known to this file alone is served by what all applications share.
#include "hss/app/lane/lane.h"
#include "hss/app/lane/worker.h"
#include "hss/requester.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using hss::Outcome;
using hss::app::Pending;

struct Answered {
  Outcome outcome = Outcome::unable_to_comply;
  int value = 0;
};

struct Double {
  struct Request {
    int value = 0;
    std::size_t rows = 1;
    hss::Requester requester{};
  };
  using Answer = Answered;
  static std::size_t weight(const Request& request) noexcept { return request.rows; }
};

struct Seal {
  struct Request {
    int value = 0;
    hss::Requester requester{};
  };
  using Answer = Answered;
  struct State {
    bool is_prepared = false;
  };
  static bool needs_token(const Request& /*request*/) noexcept { return true; }
};

using ToyLane = hss::app::Lane<Double, Seal>;
using SlowToyLane = hss::app::SlowLane<Double, Seal>;

// What becomes of the batches, and in which order; asked and told by one thread at a time.
struct Script {
  std::vector<std::string> seen;
  std::optional<Outcome> refusal;
  std::function<void(std::vector<int>)> on_double = [](const std::vector<int>&) {};
  int bad_keys = 0;  // so many times Seal cannot be prepared
  int held = 0;      // so many times the row of Double is held
};

class ToyService {
 public:
  static constexpr const char* thread_name = "toy";

  ToyService(Script& script, SlowToyLane& slow) : script_(script), slow_(slow) {}

  void connect() { script_.seen.emplace_back("connect"); }
  [[nodiscard]] std::optional<Outcome> refusal() const { return script_.refusal; }
  void do_housekeeping() { ++housekeeping; }

  void serve(std::span<const Pending<Double>> batch) {
    std::vector<int> values;
    for (const auto& one : batch) {
      values.push_back(one->request().value);
    }
    script_.seen.push_back("double " + std::to_string(batch.size()));
    script_.on_double(values);
    for (const auto& one : batch) {
      if (script_.held-- > 0) {
        EXPECT_TRUE(slow_.defer(one, "row"));
      } else {
        one->answer(Answered{Outcome::success, one->request().value * 2});
      }
    }
  }

  std::vector<Pending<Seal>> prepare(std::span<const Pending<Seal>> batch) {
    if (!batch.empty() && script_.bad_keys-- > 0) {
      throw hss::StoreError(hss::StoreFailure::unavailable, "no keys");
    }
    for (const auto& one : batch) {
      one->state.is_prepared = true;
    }
    return {batch.begin(), batch.end()};
  }
  void serve(std::span<const Pending<Seal>> batch) {
    script_.seen.push_back("seal " + std::to_string(batch.size()));
    for (const auto& one : batch) {
      EXPECT_TRUE(one->state.is_prepared);
      one->answer(Answered{Outcome::success, -one->request().value});
    }
  }

  int housekeeping = 0;

 private:
  Script& script_;
  SlowToyLane& slow_;
};

class Promised final : public hss::app::Reply<Answered> {
 public:
  explicit Promised(std::promise<Answered> answer, hss::app::Wire wire = {})
      : hss::app::Reply<Answered>(wire), answer_(std::move(answer)) {}
  void send(Answered answer) noexcept override { answer_.set_value(answer); }

 private:
  std::promise<Answered> answer_;
};

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

class ToyApplication : public ::testing::Test {
 protected:
  ~ToyApplication() override {
    lane.close();
    slow.close();
  }

  template <typename Command>
  std::future<Answered> submit(typename Command::Request request) {
    std::promise<Answered> promise;
    auto answer = promise.get_future();
    lane.submit(std::make_shared<hss::app::PendingRequest<Command>>(std::move(request),
                                                                    std::make_unique<Promised>(std::move(promise))));
    return answer;
  }
  template <typename LaneOf>
  auto worker(LaneOf& from) {
    return std::make_unique<hss::app::Worker<LaneOf, ToyService>>(from, std::make_unique<ToyService>(script, slow),
                                                                  limits);
  }
  static Answered of(std::future<Answered>& answer) {
    EXPECT_EQ(answer.wait_for(5s), std::future_status::ready);
    return answer.get();
  }
  static Outcome outcome(std::future<Answered>& answer) { return of(answer).outcome; }
  // Serves what waits and what goes on waiting, and ends.
  void serve_all() {
    const auto one = worker(lane);
    one->start();
    lane.close();
    one->join();
  }

  hss::app::BatchLimits limits{8, 1000ms};
  ToyLane lane{16};
  SlowToyLane slow;
  Script script;
};

TEST_F(ToyApplication, gets_a_batch_of_each_command_and_answers_it) {
  auto first = submit<Double>({3});
  auto second = submit<Seal>({4});
  auto third = submit<Double>({5});
  serve_all();
  EXPECT_EQ(of(first).value, 6);
  EXPECT_EQ(of(second).value, -4);
  EXPECT_EQ(of(third).value, 10);
  EXPECT_EQ(script.seen, (std::vector<std::string>{"double 2", "seal 1"}));
}

TEST_F(ToyApplication, a_worker_gives_signs_of_life_while_there_is_nothing_to_do) {
  const auto one = worker(lane);
  one->start();
  for (int beats = 0; beats < 3; ++beats) {
    EXPECT_TRUE(becomes_true([&] { return one->pulse().silence() > 100ms; }));
    EXPECT_TRUE(becomes_true([&] { return one->pulse().silence() < 100ms; }));
  }
  lane.close();
  one->join();
}

TEST_F(ToyApplication, a_worker_that_hangs_gives_none) {
  std::promise<void> let_go;
  const auto held = let_go.get_future().share();
  script.on_double = [&](const std::vector<int>& /*values*/) { held.wait(); };
  auto answer = submit<Double>({3});
  const auto one = worker(lane);
  one->start();
  const hss::app::Workers workers = [&] {
    hss::app::Workers all;
    all.push_back(worker(slow));  // not started: it was silent since it was made
    return all;
  }();
  EXPECT_TRUE(becomes_true([&] { return one->pulse().silence() > 700ms; }));  // longer than any idle wait
  EXPECT_GT(hss::app::longest_silence_of(workers), 700ms);
  let_go.set_value();
  EXPECT_EQ(of(answer).value, 6);
  EXPECT_TRUE(becomes_true([&] { return one->pulse().silence() < 700ms; }));
  lane.close();
  one->join();
}

TEST_F(ToyApplication, a_batch_is_bounded_by_weight) {
  auto first = submit<Double>({1, 6});
  auto second = submit<Double>({2, 6});
  serve_all();
  EXPECT_EQ(of(first).value + of(second).value, 6);
  EXPECT_EQ(script.seen, (std::vector<std::string>{"double 1", "double 1"}));
}

TEST_F(ToyApplication, what_has_no_room_is_too_busy) {
  auto large = submit<Double>({1, 16});
  auto surplus = submit<Seal>({2});
  EXPECT_EQ(outcome(surplus), Outcome::too_busy);
  serve_all();
  EXPECT_EQ(outcome(large), Outcome::success);
  auto late = submit<Double>({3});
  EXPECT_EQ(outcome(late), Outcome::too_busy);
}

TEST_F(ToyApplication, what_waits_too_long_is_not_begun) {
  limits.max_age = 0ms;
  auto old = submit<Double>({1});
  std::this_thread::sleep_for(5ms);
  serve_all();
  EXPECT_EQ(outcome(old), Outcome::too_busy);
  EXPECT_EQ(script.seen, std::vector<std::string>{});
}

TEST_F(ToyApplication, only_what_needs_the_token_waits_for_it) {
  script.refusal = Outcome::out_of_service;
  auto sealed = submit<Seal>({1});
  auto doubled = submit<Double>({1});
  serve_all();
  EXPECT_EQ(outcome(sealed), Outcome::out_of_service);
  EXPECT_EQ(outcome(doubled), Outcome::success);
}

TEST_F(ToyApplication, a_batch_that_fails_is_tried_in_halves_down_to_the_member_at_fault) {
  script.on_double = [](const std::vector<int>& values) {
    if (std::ranges::count(values, 7) > 0) {
      throw hss::StoreError(hss::StoreFailure::refused, "seven");
    }
  };
  std::vector<std::future<Answered>> answers;
  for (const int value : {1, 7, 3, 4}) {
    answers.push_back(submit<Double>({value}));
  }
  const auto one = worker(lane);
  one->start();
  EXPECT_EQ(of(answers[0]).value, 2);
  EXPECT_EQ(outcome(answers[1]), Outcome::unable_to_comply);
  EXPECT_EQ(of(answers[2]).value, 6);
  EXPECT_EQ(of(answers[3]).value, 8);
  lane.close();
  one->join();
  EXPECT_EQ(script.seen, (std::vector<std::string>{"double 4", "double 2", "double 1", "double 1", "double 2"}));
  EXPECT_EQ(one->batches(), 2U);  // {1} and {3, 4}
}

TEST_F(ToyApplication, what_cannot_be_prepared_fails_as_a_whole) {
  script.bad_keys = 1;
  auto first = submit<Seal>({1});
  auto second = submit<Seal>({2});
  serve_all();
  EXPECT_EQ(outcome(first), Outcome::too_busy);
  EXPECT_EQ(outcome(second), Outcome::too_busy);
  EXPECT_EQ(script.seen, std::vector<std::string>{});
}

TEST_F(ToyApplication, what_waits_for_a_row_is_served_by_the_slow_lane_s_worker) {
  script.held = 1;
  auto answer = submit<Double>({4});
  serve_all();
  ASSERT_EQ(answer.wait_for(0s), std::future_status::timeout);
  const auto other = worker(slow);
  other->start();
  EXPECT_EQ(of(answer).value, 8);
  slow.close();
  other->join();
}

TEST_F(ToyApplication, a_thread_without_memory_goes_on) {
  bool is_poor = true;
  script.on_double = [&](const std::vector<int>& /*values*/) {
    if (std::exchange(is_poor, false)) {
      throw std::bad_alloc();
    }
  };
  const auto one = worker(lane);
  one->connect();
  one->start();
  auto first = submit<Double>({1});
  EXPECT_EQ(outcome(first), Outcome::out_of_service);
  auto second = submit<Double>({2});
  EXPECT_EQ(of(second).value, 4);
  lane.close();
  one->join();
  EXPECT_EQ(script.seen, (std::vector<std::string>{"connect", "double 1", "double 1"}));
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// The sender: every answer is built once, in order, and nothing waits longer or takes more room than promised.
#include "diameter_ext/sender.h"
#include "diameter_ext/hardened.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace {

using diameter_ext::Message;
using diameter_ext::Outgoing;
using diameter_ext::Sender;
using namespace std::chrono_literals;

struct Seen {
  std::mutex mutex;
  std::vector<int> built;
  std::atomic<int> alive{0};
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return built.size();
  }
};

class Numbered final : public Outgoing {
 public:
  Numbered(Seen& seen, int number) : seen_(seen), number_(number) { ++seen_.alive; }
  Numbered(const Numbered&) = delete;
  Numbered& operator=(const Numbered&) = delete;
  ~Numbered() override { --seen_.alive; }
  Message build() noexcept override {
    const std::lock_guard lock(seen_.mutex);
    seen_.built.push_back(number_);
    return nullptr;
  }

 private:
  Seen& seen_;
  int number_;
};

// Holds the sender's thread as a peer that does not read would; built by who posts, it only says so.
class Holding final : public Outgoing {
 public:
  enum State : int { unbuilt, built_by_poster, held };
  Holding(std::shared_future<void> let_go, std::atomic<int>& state) : let_go_(std::move(let_go)), state_(state) {}
  Message build() noexcept override {
    if (std::this_thread::get_id() == poster_) {
      state_ = built_by_poster;
    } else {
      state_ = held;
      let_go_.wait();
    }
    return nullptr;
  }

 private:
  std::shared_future<void> let_go_;
  std::atomic<int>& state_;
  std::thread::id poster_ = std::this_thread::get_id();
};

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(1ms);
  }
  return condition();
}

// An answer that comes alone is not for the sender's thread: the second in a row is.
void hold(Sender& sender, const std::shared_future<void>& let_go) {
  std::atomic<int> state = Holding::built_by_poster;
  while (state == Holding::built_by_poster) {
    state = Holding::unbuilt;
    sender.post(std::make_unique<Holding>(let_go, state));
    ASSERT_TRUE(becomes_true([&] { return state != Holding::unbuilt; }));
  }
}

TEST(Sender, sends_an_answer_that_comes_alone_and_frees_it) {
  Seen seen;
  Sender sender;
  sender.post(std::make_unique<Numbered>(seen, 7));
  EXPECT_TRUE(becomes_true([&] { return seen.count() == 1 && seen.alive == 0; }));
}

TEST(Sender, leaves_an_answer_that_comes_alone_to_who_posts_it_where_sending_never_waits) {
  std::promise<void> let_go;
  std::atomic<int> state = Holding::unbuilt;
  Sender sender;
  sender.post(std::make_unique<Holding>(let_go.get_future().share(), state));
  EXPECT_TRUE(becomes_true([&] { return state != Holding::unbuilt; }));
  EXPECT_EQ(state == Holding::built_by_poster, diameter_ext::sending_never_waits());
  let_go.set_value();
}

TEST(Sender, sends_what_waits_before_it_stops_in_order_and_once) {
  Seen seen;
  std::promise<void> let_go;
  Sender sender;
  hold(sender, let_go.get_future().share());
  for (int i = 0; i < 200; ++i) {
    sender.post(std::make_unique<Numbered>(seen, i));
  }
  EXPECT_EQ(seen.count(), 0U);
  let_go.set_value();
  sender.stop();
  ASSERT_EQ(seen.built.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(seen.built[static_cast<std::size_t>(i)], i);
  }
  EXPECT_EQ(seen.alive, 0);
}

TEST(Sender, tells_how_long_it_is_held_up) {
  std::promise<void> let_go;
  Sender sender;
  EXPECT_EQ(sender.silence(), 0ns);
  hold(sender, let_go.get_future().share());
  EXPECT_TRUE(becomes_true([&] { return sender.silence() > 50ms; }));
  let_go.set_value();
  EXPECT_TRUE(becomes_true([&] { return sender.silence() == 0ns; }));
}

TEST(Sender, sends_on_the_callers_thread_once_it_has_stopped) {
  Seen seen;
  Sender sender;
  sender.stop();
  sender.post(std::make_unique<Numbered>(seen, 1));
  EXPECT_EQ(seen.built, std::vector<int>{1});
  EXPECT_EQ(seen.alive, 0);
}

TEST(Sender, never_lets_a_caller_wait_and_holds_a_bounded_number) {
  Seen seen;
  std::promise<void> let_go;
  Sender sender;
  hold(sender, let_go.get_future().share());
  constexpr int more_than_fits = 3000;
  for (int i = 0; i < more_than_fits; ++i) {
    sender.post(std::make_unique<Numbered>(seen, i));
    EXPECT_LE(seen.alive, 1024 + 24);  // what the thread took before it was held
  }
  EXPECT_GE(seen.count(), static_cast<std::size_t>(more_than_fits - 1024 - 24)) << "sent by who posted";
  let_go.set_value();
  sender.stop();
  EXPECT_EQ(seen.built.size(), static_cast<std::size_t>(more_than_fits));
}

TEST(Sender, takes_answers_from_many_threads_without_losing_one) {
  Seen seen;
  Sender sender;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 5000; ++k) {
        sender.post(std::make_unique<Numbered>(seen, k));
      }
    });
  }
  for (auto& caller : callers) {
    caller.join();
  }
  sender.stop();
  EXPECT_EQ(seen.built.size(), 20000U);
  EXPECT_EQ(seen.alive, 0);
}

}  // namespace

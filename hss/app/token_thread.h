// SPDX-License-Identifier: Apache-2.0
// The threads that use the token, one for each of its sessions; what they do there is told by the tasks.
#pragma once

#include "hsm/token.h"
#include "hss/app/token_task.h"
#include "hss/app/token_watch.h"
#include "hss/outcome.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hss::app {

// What the threads need of a token beyond the port, so that tests can put any token under them.
struct TokenCare {
  std::function<void(std::size_t session)> maintain;   // between batches and when idle, on that session's thread
  std::function<bool(std::size_t session)> is_broken;  // this session cannot be had, though others can
  std::function<Outcome()> readiness;                  // success, or what to answer while the token cannot be used
};

class TokenThreads {
 public:
  using Task = std::unique_ptr<TokenTask>;

  // The sessions must outlive this object.
  TokenThreads(const std::vector<hsm::Token*>& sessions, TokenCare care, std::chrono::milliseconds call_timeout);
  TokenThreads(const TokenThreads&) = delete;
  TokenThreads& operator=(const TokenThreads&) = delete;
  ~TokenThreads();

  void start();
  // Finishes what it has, then stops. False when the token does not let a thread go (it is stuck in a call).
  bool stop(std::chrono::milliseconds patience);

  // To be called before a batch is taken: blocks while much waits already, so that no more sequence numbers are taken
  // than the token can serve, and that what comes on another connection meanwhile can still have its turn. Not while
  // the token is stalled.
  void wait_for_room();

  // Never block. A token all of whose sessions are stalled has the tasks given up as too_busy. What finishes of `work`
  // leaves in bursts.
  void submit(std::vector<Task> work);
  // For what comes before the numbers are taken, so that nothing makes room for it: too many are given up at once. Its
  // finish is not held up by others.
  void submit_check(Task task);

  // What to answer instead of starting work, while the token cannot be used.
  [[nodiscard]] std::optional<Outcome> refusal() const noexcept;

 private:
  struct Entry {
    Task task;
    bool is_check = false;
  };
  using Share = std::shared_ptr<const std::vector<Entry>>;  // what one thread takes at once

  // A thread and its session.
  struct Lane {
    Lane(std::size_t number_of, hsm::Token& token_of) : number(number_of), token(token_of) {}
    const std::size_t number;
    hsm::Token& token;
    std::thread thread;
    Share share;  // what it works on
  };
  void run(Lane& lane);
  void wait_for_work(std::unique_lock<std::mutex>& lock, const Lane& lane);
  [[nodiscard]] bool may_take(const Lane& lane) const;
  Share next_share();
  void settle(Lane& lane);
  void process(Lane& lane, const std::vector<Entry>& entries);
  Outcome attempt(Lane& lane, TokenTask& task);
  std::size_t& unfinished(const Entry& entry) noexcept;
  void give_up_share(Lane& lane);
  void give_up_waiting();
  void report(const hsm::Error& error, const std::string& owner);

  TokenCare care_;

  std::mutex mutex_;
  std::condition_variable changed_;  // room for more, or another end
  std::condition_variable filled_;   // work for the lanes
  std::deque<Entry> entries_;
  std::size_t unfinished_work_ = 0;  // tasks that were submitted and are neither finished nor given up
  std::size_t unfinished_checks_ = 0;
  std::size_t running_;  // lanes whose thread has not ended
  bool stopping_ = false;

  std::atomic<Outcome> readiness_{Outcome::success};  // as a token thread last saw it
  std::vector<std::unique_ptr<Lane>> lanes_;
  TokenWatch watch_;
};

}  // namespace hss::app

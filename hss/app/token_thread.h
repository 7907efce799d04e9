// SPDX-License-Identifier: Apache-2.0
// The threads that use the token, one for each of its sessions: they compute vectors, check AUTS, and are watched for
// calls that do not come back.
#pragma once

#include "hsm/base/log_limit.h"
#include "hsm/token.h"
#include "hss/app/cx/commands.h"
#include "hss/app/lane/pending.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace hss::app {

// Vectors whose sequence numbers are durable already.
struct VectorTask {
  Pending<MultimediaAuth> pending;
  std::shared_ptr<const hsm::KeyReference> key;
  std::vector<auc::Sqn> sqns;
  std::vector<std::uint8_t> rand_nonce{};  // not empty: RANDs are proved with it
};

// An H(A1) to open.
struct DigestTask {
  Pending<MultimediaAuth> pending;
  std::shared_ptr<const SchemeData> data;
};

// What one batch leaves for the token.
struct TokenWork {
  std::vector<VectorTask> vectors;
  std::vector<DigestTask> digests;
  [[nodiscard]] std::size_t size() const noexcept { return vectors.size() + digests.size(); }
};

// An AUTS to check before its transaction; the request goes back to the workers with the verdict in `checked`.
struct CheckTask {
  Pending<MultimediaAuth> pending;
  std::shared_ptr<const hsm::KeyReference> key;
};

// What the worker needs of a token beyond the port, so that tests can put any token under it.
struct TokenCare {
  std::function<void(std::size_t session)> maintain;   // between batches and when idle, on that session's thread
  std::function<bool(std::size_t session)> is_broken;  // this session cannot be had, though others can
  std::function<Outcome()> readiness;                  // success, or what to answer while the token cannot be used
};

class CryptoWorker {
 public:
  // `resubmit` takes a request whose AUTS has been checked; called on a crypto thread, must not block.
  CryptoWorker(std::vector<hsm::Token*> sessions, TokenCare care, auc::Amf amf, std::chrono::milliseconds call_timeout,
               std::function<void(Pending<MultimediaAuth>)> resubmit);
  CryptoWorker(const CryptoWorker&) = delete;
  CryptoWorker& operator=(const CryptoWorker&) = delete;
  ~CryptoWorker();

  void start();
  // Finishes what it has, then stops. False when the token does not let a thread go (it is stuck in a call).
  bool stop(std::chrono::milliseconds patience);

  // To be called before a batch is taken: blocks while much waits already, so that no more sequence numbers are taken
  // than the token can serve, and that what comes on another connection meanwhile can still have its turn. Not while
  // the token is stalled.
  void wait_for_room();

  // A token all of whose sessions are stalled has the tasks answered.
  void submit(TokenWork work);
  void submit(CheckTask task);

  // What to answer instead of starting work, while the token cannot be used.
  [[nodiscard]] std::optional<Outcome> refusal() const noexcept;

 private:
  using Task = std::variant<CheckTask, DigestTask, VectorTask>;
  using Share = std::shared_ptr<const std::vector<Task>>;  // what one thread takes at once

  // A thread and its session.
  struct Lane {
    Lane(std::size_t number_of, hsm::Token& token_of) : number(number_of), token(token_of) {}
    const std::size_t number;
    hsm::Token& token;
    std::thread thread;
    Share share;                              // what it works on
    std::atomic<std::int64_t> call_began{0};  // steady clock, ns; 0: not in a call
    std::atomic<bool> is_stalled{false};
  };
  void run(Lane& lane);
  void wait_for_work(std::unique_lock<std::mutex>& lock, const Lane& lane);
  [[nodiscard]] bool may_take(const Lane& lane) const;
  Share next_share();
  void settle(Lane& lane);
  void process(Lane& lane, const std::vector<Task>& tasks);
  MultimediaAuthAnswer answer_to(Lane& lane, const VectorTask& task);
  MultimediaAuthAnswer answer_to(Lane& lane, const DigestTask& task);
  void check(Lane& lane, const CheckTask& task);
  template <typename Act>
  Outcome attempt(Lane& lane, const std::string& owner, const Act& act);
  std::size_t& unfinished(const Task& task) noexcept;
  [[nodiscard]] bool is_stalled() const noexcept;
  void watch();
  void watch(Lane& lane);
  void give_up_share(Lane& lane);
  void give_up_waiting();
  void report(const hsm::Error& error, const std::string& owner);

  TokenCare care_;
  const auc::Amf amf_;
  const std::chrono::milliseconds call_timeout_;
  const std::function<void(Pending<MultimediaAuth>)> resubmit_;

  std::mutex mutex_;
  std::condition_variable changed_;  // room for more, or another end
  std::condition_variable filled_;   // work for the lanes
  std::condition_variable ending_;   // wakes the watchdog, which has no use for the rest
  std::deque<Task> tasks_;
  std::size_t unfinished_work_ = 0;  // tasks that were submitted and are neither finished nor given up
  std::size_t unfinished_checks_ = 0;
  std::size_t running_;  // lanes whose thread has not ended
  bool stopping_ = false;

  std::atomic<Outcome> readiness_{Outcome::success};  // as a crypto thread last saw it
  base::LogLimit limit_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::thread watchdog_;
};

}  // namespace hss::app

// The one thread that uses the token: computes vectors, checks AUTS, and is watched for a token that stops answering.
#pragma once

#include "hsm/token.h"
#include "hss/app/log_limit.h"
#include "hss/app/pending.h"

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
#include <vector>

namespace hss::app {

// Vectors whose sequence numbers are durable already.
struct VectorTask {
  PendingMultimediaAuth pending;
  std::shared_ptr<const hsm::KeyReference> key;
  std::vector<auc::Sqn> sqns;
  std::vector<std::uint8_t> rand_nonce{};  // not empty: RANDs are proved with it
};

// An H(A1) to open.
struct DigestTask {
  PendingMultimediaAuth pending;
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
  PendingMultimediaAuth pending;
  std::shared_ptr<const hsm::KeyReference> key;
};

// What the worker needs of a token beyond the port, so that tests can put any token under it.
struct TokenCare {
  std::function<void()> maintain;      // between batches and when idle, on the crypto thread
  std::function<Outcome()> readiness;  // success, or what to answer while the token cannot be used
};

class CryptoWorker {
 public:
  // `resubmit` takes a request whose AUTS has been checked; called on the crypto thread, must not block.
  CryptoWorker(hsm::Token& token, TokenCare care, auc::Amf amf, std::chrono::milliseconds call_timeout,
               std::function<void(PendingMultimediaAuth)> resubmit);
  CryptoWorker(const CryptoWorker&) = delete;
  CryptoWorker& operator=(const CryptoWorker&) = delete;
  ~CryptoWorker();

  void start();
  // Finishes what it has, then stops. False when the token does not let its thread go (it is stuck in a call).
  bool stop(std::chrono::milliseconds patience);

  // To be called before a batch is taken: blocks while much waits already, so that no more sequence numbers are taken
  // than the token can serve, and that what comes on another connection meanwhile can still have its turn. Not while
  // the token is stalled.
  void wait_for_room();

  // A token that is stalled has the tasks answered.
  void submit(TokenWork work);
  void submit(CheckTask task);

  // What to answer instead of starting work, while the token cannot be used.
  [[nodiscard]] std::optional<Outcome> refusal() const noexcept;

 private:
  struct Job {
    TokenWork work;
    std::vector<CheckTask> checks;
  };

  void run();
  void watch();
  void process(Job& job);
  MultimediaAuthAnswer compute(const VectorTask& task);
  MultimediaAuthAnswer open(const DigestTask& task);
  void check(const CheckTask& task);
  template <typename Act>
  Outcome attempt(const std::string& owner, const Act& act);
  void enter_call() noexcept;
  void leave_call() noexcept;
  void give_up_waiting_jobs();
  void report(const hsm::Error& error, const std::string& owner);

  hsm::Token& token_;
  TokenCare care_;
  const auc::Amf amf_;
  const std::chrono::milliseconds call_timeout_;
  const std::function<void(PendingMultimediaAuth)> resubmit_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable ending_;  // wakes the watchdog, which has no use for the rest
  std::deque<std::shared_ptr<Job>> jobs_;
  std::shared_ptr<Job> current_;
  std::size_t waiting_ = 0;  // tasks of submitted work that are not yet finished
  bool stopping_ = false;
  bool finished_ = false;

  std::atomic<std::int64_t> call_began_{0};  // steady clock, ns; 0: not in a call
  std::atomic<bool> stalled_{false};
  std::atomic<Outcome> readiness_{Outcome::success};  // as the crypto thread last saw it
  LogLimit limit_;
  std::thread thread_;
  std::thread watchdog_;
};

}  // namespace hss::app

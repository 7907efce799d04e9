// A thread that takes all waiting requests, runs them through one transaction and hands the winners to the token.
#pragma once

#include "hss/app/batching.h"
#include "hss/app/bounded_queue.h"
#include "hss/app/crypto_worker.h"
#include "hss/app/log_limit.h"
#include "hss/app/slow_lane.h"
#include "hss/multimedia_auth.h"
#include "hss/store.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace hss::app {

struct BatchConfig {
  AuthenticationPolicy policy;
  BatchLimits limits;
  std::shared_ptr<NumberBudget> budget;  // of all workers together
};

class BatchWorker {
 public:
  // `lane` takes what waits for a row that somebody else holds; for the worker of the lane, it is also the queue.
  BatchWorker(std::unique_ptr<Store> store, CryptoWorker& crypto, Source<PendingMultimediaAuth>& queue,
              SlowLane<PendingMultimediaAuth>& lane, BatchConfig config);
  BatchWorker(const BatchWorker&) = delete;
  BatchWorker& operator=(const BatchWorker&) = delete;
  ~BatchWorker();

  void connect();  // before start(): blocks for as long as a connection takes; may fail, then the first request tries
  void start();
  void join();  // returns when the queue is closed and empty
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }

 private:
  void run();
  void process(std::vector<PendingMultimediaAuth> batch);
  std::vector<PendingMultimediaAuth> send_to_check(std::span<const PendingMultimediaAuth> batch);
  void authenticate(std::span<const PendingMultimediaAuth> batch);
  TokenWork settle(std::span<const PendingMultimediaAuth> batch, std::vector<AuthenticationDecision> decisions);
  void report(const std::string& host, const AuthenticationDecision& decision);

  std::unique_ptr<Store> store_;
  CryptoWorker& crypto_;
  Source<PendingMultimediaAuth>& queue_;
  SlowLane<PendingMultimediaAuth>& lane_;
  const BatchConfig config_;
  Batching batching_;
  std::atomic<std::uint64_t> batches_{0};
  LogLimit limit_;
  LogLimit names_limit_;
  std::thread thread_;
};

}  // namespace hss::app

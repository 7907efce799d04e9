// SPDX-License-Identifier: Apache-2.0
// A thread that takes all waiting requests, runs them through one transaction and hands the winners to the token.
#pragma once

#include "hsm/base/log_limit.h"
#include "hss/app/lane/batching.h"
#include "hss/app/lane/bounded_queue.h"
#include "hss/app/lane/slow_lane.h"
#include "hss/app/token_thread.h"
#include "hss/cx/authentication_store.h"
#include "hss/cx/multimedia_auth.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace hss::app {

struct AuthenticationSettings {
  AuthenticationPolicy policy;
  BatchLimits limits;
  std::shared_ptr<NumberBudget> budget;  // of all workers together
};

class AuthenticationWorker {
 public:
  // `lane` takes what waits for a row that somebody else holds; for the worker of the lane, it is also the queue.
  AuthenticationWorker(std::unique_ptr<AuthenticationStore> store, CryptoWorker& crypto,
                       Source<PendingMultimediaAuth>& queue, SlowLane<PendingMultimediaAuth>& lane,
                       AuthenticationSettings config);
  AuthenticationWorker(const AuthenticationWorker&) = delete;
  AuthenticationWorker& operator=(const AuthenticationWorker&) = delete;
  ~AuthenticationWorker();

  void connect();  // before start(): blocks for as long as a connection takes; may fail, then the first request tries
  void start();
  void join();  // returns when the queue is closed and empty
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }

 private:
  void run();
  void process(std::vector<PendingMultimediaAuth> batch);
  std::vector<PendingMultimediaAuth> send_to_check(std::span<const PendingMultimediaAuth> batch);
  void authenticate(std::span<const PendingMultimediaAuth> batch);
  TokenWork split_by_scheme(std::span<const PendingMultimediaAuth> batch,
                            std::vector<AuthenticationDecision> decisions);
  void report(const std::string& host, const AuthenticationDecision& decision);

  std::unique_ptr<AuthenticationStore> store_;
  CryptoWorker& crypto_;
  Source<PendingMultimediaAuth>& queue_;
  SlowLane<PendingMultimediaAuth>& lane_;
  const AuthenticationSettings config_;
  Batching batching_;
  std::atomic<std::uint64_t> batches_{0};
  base::LogLimit limit_;
  base::LogLimit names_limit_;
  std::thread thread_;
};

}  // namespace hss::app

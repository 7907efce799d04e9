// A thread that takes all waiting requests, runs them through one transaction and hands the winners to the token.
#pragma once

#include "hss/app/bounded_queue.h"
#include "hss/app/crypto_worker.h"
#include "hss/app/log_limit.h"
#include "hss/multimedia_auth.h"
#include "hss/store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace hss::app {

struct BatchConfig {
  AuthenticationPolicy policy;
  std::size_t batch = 256;
  std::chrono::milliseconds max_age{1000};
};

class BatchWorker {
 public:
  BatchWorker(std::unique_ptr<Store> store, CryptoWorker& crypto, BoundedQueue<Pending>& queue, BatchConfig config);
  BatchWorker(const BatchWorker&) = delete;
  BatchWorker& operator=(const BatchWorker&) = delete;
  ~BatchWorker();

  void start();
  void join();  // returns when the queue is closed and empty
  [[nodiscard]] Store& store() noexcept { return *store_; }
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }

 private:
  void run();
  void process(std::vector<Pending> batch);
  std::vector<Pending> shed(std::vector<Pending> batch) const;
  std::vector<Pending> send_to_check(std::span<const Pending> batch);
  void authenticate(std::span<const Pending> batch);
  void authenticate_in_halves(std::span<const Pending> batch);
  void attempt(std::span<const Pending> batch);
  std::vector<VectorTask> settle(std::span<const Pending> batch, std::vector<AuthenticationDecision> decisions);
  void report(const AuthenticationDecision& decision);
  void fail(std::span<const Pending> batch, const StoreError& error);

  std::unique_ptr<Store> store_;
  CryptoWorker& crypto_;
  BoundedQueue<Pending>& queue_;
  const BatchConfig config_;
  std::atomic<std::uint64_t> batches_{0};
  LogLimit limit_;
  std::thread thread_;
};

}  // namespace hss::app

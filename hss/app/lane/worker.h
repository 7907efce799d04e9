// SPDX-License-Identifier: Apache-2.0
// The thread that empties a lane: takes what waits, drops what is stale, has the rest served, and goes on whatever
// happens.
#pragma once

#include "hss/app/lane/batching.h"
#include "hss/app/lane/lane.h"
#include "hss/app/lane/pulse.h"
#include "hss/app/lane/survive.h"
#include "hss/store_error.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace hss::app {

// Whatever a thread serves, it begins and ends like this.
class AnyWorker {
 public:
  AnyWorker() = default;
  AnyWorker(const AnyWorker&) = delete;
  AnyWorker& operator=(const AnyWorker&) = delete;
  virtual ~AnyWorker() = default;

  // Before start(): blocks for as long as a connection takes; may fail, then the first request tries.
  virtual void connect() noexcept = 0;
  void start() {
    pulse_.beat();
    thread_ = std::thread([this] { run(); });
  }
  // Returns when the lane is closed and empty.
  void join() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }
  // Beats between any two things that the thread waits for.
  [[nodiscard]] const Pulse& pulse() const noexcept { return pulse_; }

 protected:
  virtual void run() = 0;
  std::atomic<std::uint64_t> batches_{0};
  Pulse pulse_;

 private:
  std::thread thread_;
};

using Workers = std::vector<std::unique_ptr<AnyWorker>>;

inline std::uint64_t batches_of(const Workers& workers) {
  std::uint64_t sum = 0;
  for (const auto& worker : workers) sum += worker->batches();
  return sum;
}

inline Pulse::Clock::duration longest_silence_of(const Workers& workers) {
  Pulse::Clock::duration longest{};
  for (const auto& worker : workers) longest = std::max(longest, worker->pulse().silence());
  return longest;
}

// A Service is used by this thread alone. It has: thread_name; connect(); and for each command of the lane
// serve(std::span<const Pending<Command>>), which sees to it that each request is answered or waits elsewhere, or
// throws StoreError, and then nothing has been done. It may have: before_taking(), which may block; prepare(the same),
// once before the batch is served, which gives back what is to be served now; refusal(), what to answer at the moment
// to what needs the token; do_housekeeping(), after each batch and now and then.
template <typename LaneOf, typename Service>
class Worker final : public AnyWorker {
 public:
  // The lane must outlive this object.
  Worker(LaneOf& lane, std::unique_ptr<Service> service, BatchLimits limits)
      : lane_(lane),
        service_(std::move(service)),
        limits_(limits),
        batching_(
            limits.max_age, [this] { return refusal(); }, [this] { return lane_.is_closed(); }) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() override { join(); }

  void connect() noexcept override {
    connect_early([this] { service_->connect(); });
  }

 private:
  static constexpr std::chrono::milliseconds idle_wait{500};
  static constexpr std::size_t longest_thread_name = 15;
  static_assert(std::string_view(Service::thread_name).size() <= longest_thread_name);

  void run() override {
    pthread_setname_np(pthread_self(), Service::thread_name);
    while (true) {
      pulse_.beat();
      if constexpr (requires { service_->before_taking(); }) {
        service_->before_taking();
      }
      auto batches = lane_.take(limits_.batch, idle_wait);
      const bool is_empty = std::apply([](const auto&... batch) { return (batch.empty() && ...); }, batches);
      if (is_empty && lane_.is_closed()) {
        return;
      }
      survive([&] { process(std::move(batches)); });
    }
  }

  // Requests of one batch have no order among each other: who asked waits for an answer before it asks on.
  template <typename Taken>
  void process(Taken batches) {
    std::apply([this](auto&... batch) { (this->process_one_command(std::move(batch)), ...); }, batches);
    if constexpr (requires { service_->do_housekeeping(); }) {
      service_->do_housekeeping();
    }
  }

  template <typename One>
  void process_one_command(std::vector<One> batch) {
    batch = prepare(batching_.drop_stale(std::move(batch)));
    if (!batch.empty()) {
      batching_.template attempt<One>(batch, [this](std::span<const One> part) {
        pulse_.beat();
        service_->serve(part);
        ++batches_;
      });
    }
  }

  template <typename One>
  std::vector<One> prepare(std::vector<One> batch) {
    if constexpr (requires { service_->prepare(std::span<const One>(batch)); }) {
      try {
        return service_->prepare(std::span<const One>(batch));
      } catch (const StoreError& error) {
        batching_.template fail<One>(batch, error);
        return {};
      }
    } else {
      return batch;
    }
  }

  [[nodiscard]] std::optional<Outcome> refusal() const {
    if constexpr (requires { service_->refusal(); }) {
      return service_->refusal();
    } else {
      return std::nullopt;
    }
  }

  LaneOf& lane_;
  const std::unique_ptr<Service> service_;
  const BatchLimits limits_;
  Batching batching_;
};

}  // namespace hss::app

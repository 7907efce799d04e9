// SPDX-License-Identifier: Apache-2.0
// A thread that serves User-Authorization, Location-Info and Server-Assignment: everything that waits, each kind in one
// go.
#pragma once

#include "hsm/base/log_limit.h"
#include "hss/app/cx/assignment_service.h"
#include "hss/app/lane/batching.h"
#include "hss/app/lane/bounded_queue.h"
#include "hss/app/lane/pending.h"
#include "hss/app/lane/slow_lane.h"
#include "hss/cx/lookup_store.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <variant>
#include <vector>

namespace hss::app {

using PendingRegistration = std::variant<PendingUserAuthorization, PendingLocationInfo, PendingServerAssignment>;
inline Waiting& waiting_of(const PendingRegistration& pending) {
  return std::visit([](const auto& one) -> Waiting& { return one->waiting; }, pending);
}
inline auto arrival_of(const PendingRegistration& pending) {
  return std::visit([](const auto& one) { return one->arrived(); }, pending);
}
inline const Wire& wire_of(const PendingRegistration& pending) {
  return std::visit([](const auto& one) -> const Wire& { return one->wire(); }, pending);
}

// A Server-Assignment looks up each of its identities and writes each contact: it weighs as many requests.
template <>
struct Weight<PendingRegistration> {
  static std::size_t of(const PendingRegistration& pending) noexcept;
};

// One connection of the worker's own under all of them.
struct RegistrationStores {
  std::unique_ptr<LookupStore> location;
  std::unique_ptr<AssignmentStore> assignment;
};

class RegistrationWorker {
 public:
  // `lane` takes what waits for a row that somebody else holds; for the worker of the lane, it is also the queue.
  RegistrationWorker(RegistrationStores stores, Source<PendingRegistration>& queue, SlowLane<PendingRegistration>& lane,
                     BatchLimits limits, AssignmentConfig assignment);
  RegistrationWorker(const RegistrationWorker&) = delete;
  RegistrationWorker& operator=(const RegistrationWorker&) = delete;
  ~RegistrationWorker();

  void connect();  // before start(): blocks for as long as a connection takes; may fail, then the first request tries
  void start();
  void join();  // returns when the queue is closed and empty
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }

 private:
  void run();
  void process(std::vector<PendingRegistration> batch);
  template <typename Pending>
  void process_kind(std::span<const PendingRegistration> batch);
  void serve(std::span<const PendingUserAuthorization> batch);
  void serve(std::span<const PendingLocationInfo> batch);
  void serve(std::span<const PendingServerAssignment> batch);
  template <typename Pending, typename Served>
  void deliver(std::span<const Pending> batch, std::vector<Served> served);

  std::unique_ptr<LookupStore> location_;
  AssignmentService assignment_;
  Source<PendingRegistration>& queue_;
  SlowLane<PendingRegistration>& lane_;
  const BatchLimits limits_;
  Batching batching_;
  base::LogLimit limit_;
  std::atomic<std::uint64_t> batches_{0};
  std::thread thread_;
};

}  // namespace hss::app

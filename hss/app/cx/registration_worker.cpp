// SPDX-License-Identifier: Apache-2.0
// From the queue to the procedures of each command and back.
#include "hss/app/cx/registration_worker.h"

#include "hss/app/lane/survive.h"
#include "hss/cx/location_info.h"
#include "hss/cx/user_authorization.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds idle_wait{500};

template <typename Pending>
auto requests_of(std::span<const Pending> batch) {
  std::vector<const typename Pending::element_type::Request*> out;
  out.reserve(batch.size());
  for (const Pending& pending : batch) {
    out.push_back(&pending->request());
  }
  return out;
}

}  // namespace

std::size_t Weight<PendingRegistration>::of(const PendingRegistration& pending) noexcept {
  const auto* assignment = std::get_if<PendingServerAssignment>(&pending);
  if (assignment == nullptr) {
    return 1;
  }
  const ServerAssignmentRequest& request = (*assignment)->request();
  return std::max<std::size_t>(request.impus.size(), 1) +
         (request.restoration ? request.restoration->contacts.size() : 0);
}

RegistrationWorker::RegistrationWorker(RegistrationStores stores, Source<PendingRegistration>& queue,
                                       SlowLane<PendingRegistration>& lane, BatchLimits limits,
                                       AssignmentConfig assignment)
    : location_(std::move(stores.location)),
      assignment_(std::move(stores.assignment), assignment),
      queue_(queue),
      lane_(lane),
      limits_(limits),
      batching_(limits.max_age, nullptr, [this] { return queue_.is_closed(); }) {}

RegistrationWorker::~RegistrationWorker() { join(); }

void RegistrationWorker::connect() {
  connect_early([this] { location_->begin_reassignment({}); });
}

void RegistrationWorker::start() {
  thread_ = std::thread([this] { run(); });
}

void RegistrationWorker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void RegistrationWorker::run() {
  pthread_setname_np(pthread_self(), "quintet-registr");
  while (true) {
    auto batch = queue_.take(limits_.batch, idle_wait);
    if (batch.empty() && queue_.is_closed()) {
      return;
    }
    survive(limit_, [&] {
      process(std::move(batch));
      assignment_.do_housekeeping();
    });
  }
}

// Requests of one batch have no order among each other: an S-CSCF waits for an answer before it asks on. In the slow
// lane what mostly reads does not wait for what writes.
void RegistrationWorker::process(std::vector<PendingRegistration> batch) {
  process_kind<PendingUserAuthorization>(batch);
  process_kind<PendingLocationInfo>(batch);
  process_kind<PendingServerAssignment>(batch);
}

template <typename Pending>
void RegistrationWorker::process_kind(std::span<const PendingRegistration> batch) {
  std::vector<Pending> kind;
  for (const PendingRegistration& pending : batch) {
    if (const auto* one = std::get_if<Pending>(&pending)) {
      kind.push_back(*one);
    }
  }
  kind = batching_.drop_stale(std::move(kind));
  if (!kind.empty()) {
    batching_.attempt<Pending>(kind, [this](std::span<const Pending> part) {
      serve(part);
      ++batches_;
    });
  }
}

// Answers, or the slow lane where somebody else holds the subscription.
template <typename Pending, typename Served>
void RegistrationWorker::deliver(std::span<const Pending> batch, std::vector<Served> served) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (served[i].held_subscription == 0) {
      row_was_free(batch[i]->waiting);
      batch[i]->answer(std::move(served[i].answer));
    } else if (!lane_.defer(batch[i], "subscription " + std::to_string(served[i].held_subscription))) {
      batch[i]->answer(Outcome::too_busy);
    }
  }
}

void RegistrationWorker::serve(std::span<const PendingUserAuthorization> batch) {
  deliver(batch, authorize_users(*location_, requests_of(batch)));
}

void RegistrationWorker::serve(std::span<const PendingLocationInfo> batch) {
  deliver(batch, locate_users(*location_, requests_of(batch)));
}

void RegistrationWorker::serve(std::span<const PendingServerAssignment> batch) {
  deliver(batch, assignment_.serve(requests_of(batch)));
}

}  // namespace hss::app

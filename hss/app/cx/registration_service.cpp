// SPDX-License-Identifier: Apache-2.0
// From the batches to the procedures of each command and back.
#include "hss/app/cx/registration_service.h"

#include "hss/cx/location_info.h"
#include "hss/cx/user_authorization.h"

#include <string>
#include <type_traits>
#include <utility>

namespace hss::app {
namespace {

template <typename One>
auto requests_of(std::span<const One> batch) {
  std::vector<const typename One::element_type::Request*> out;
  out.reserve(batch.size());
  for (const One& pending : batch) {
    out.push_back(&pending->request());
  }
  return out;
}

}  // namespace

RegistrationService::RegistrationService(RegistrationStores stores, SlowRegistrations& slow,
                                         AssignmentConfig assignment)
    : lookup_(std::move(stores.lookup)), assignment_(std::move(stores.assignment), assignment), slow_(slow) {}

void RegistrationService::connect() { lookup_->begin_reassignment({}); }

// Answers, or the slow lane where somebody else holds the subscription.
template <typename One, typename Answer>
void RegistrationService::deliver(std::span<const One> batch, std::vector<Served<Answer>> served) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::int64_t held = served[i].held_subscription;
    if (put_off(slow_, batch[i], held == 0 ? std::string() : "subscription " + std::to_string(held))) {
      continue;
    }
    const bool leaves = batch[i]->answer(std::move(served[i].answer));
    if constexpr (std::is_same_v<Answer, ServerAssignmentAnswer>) {
      if (!leaves) {
        assignment_.take_back(i);
      }
    }
  }
}

void RegistrationService::serve(std::span<const Pending<UserAuthorization>> batch) {
  deliver(batch, authorize_users(*lookup_, requests_of(batch)));
}

void RegistrationService::serve(std::span<const Pending<LocationInfo>> batch) {
  deliver(batch, locate_users(*lookup_, requests_of(batch)));
}

void RegistrationService::serve(std::span<const Pending<ServerAssignment>> batch) {
  deliver(batch, assignment_.serve(requests_of(batch)));
}

}  // namespace hss::app

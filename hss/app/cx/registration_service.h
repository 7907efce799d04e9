// SPDX-License-Identifier: Apache-2.0
// Serves batches of User-Authorization, Location-Info and Server-Assignment.
#pragma once

#include "hss/app/cx/assignment_service.h"
#include "hss/app/cx/commands.h"
#include "hss/app/lane/lane.h"
#include "hss/cx/lookup_store.h"

#include <memory>
#include <span>
#include <vector>

namespace hss::app {

using SlowRegistrations = SlowLane<UserAuthorization, LocationInfo, ServerAssignment>;

// One connection of the service's own under all of them.
struct RegistrationStores {
  std::unique_ptr<LookupStore> lookup;
  std::unique_ptr<AssignmentStore> assignment;
};

// One thread at a time. All block for the store; serve throws StoreError, and then nothing is known to be written.
class RegistrationService {
 public:
  static constexpr const char* thread_name = "quintet-cx-reg";

  // `slow` takes what waits for a subscription that somebody else holds.
  RegistrationService(RegistrationStores stores, SlowRegistrations& slow, AssignmentConfig assignment);

  void connect();
  void serve(std::span<const Pending<UserAuthorization>> batch);
  void serve(std::span<const Pending<LocationInfo>> batch);
  void serve(std::span<const Pending<ServerAssignment>> batch);
  void do_housekeeping() { assignment_.do_housekeeping(); }

 private:
  template <typename One, typename Answer>
  void deliver(std::span<const One> batch, std::vector<Served<Answer>> served);

  std::unique_ptr<LookupStore> lookup_;
  AssignmentService assignment_;
  SlowRegistrations& slow_;
};

}  // namespace hss::app

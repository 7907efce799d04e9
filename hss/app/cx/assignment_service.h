// SPDX-License-Identifier: Apache-2.0
// Server-Assignment from a batch of requests to their answers with User-Data.
#pragma once

#include "hss/app/cx/user_documents.h"
#include "hss/cx/assignment_store.h"
#include "hss/cx/server_assignment/server_assignment.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hss::app {

struct AssignmentConfig {
  AssignmentPolicy policy;
  std::size_t profiles_kept = 4096;  // texts of service profiles
};

// One thread at a time.
class AssignmentService {
 public:
  AssignmentService(std::unique_ptr<AssignmentStore> store, AssignmentConfig config);

  // In the order of the requests. Blocks for the store; throws StoreError, and then nothing is known to be written.
  std::vector<Served<ServerAssignmentAnswer>> serve(std::span<const ServerAssignmentRequest* const> requests);

  // The answer to this request of the last batch did not leave: its S-CSCF does not have what it was to be told.
  void take_back(std::size_t index);

  // Work that is due now and then: forgets old requests, some at a time. Call it often; it knows when.
  void do_housekeeping();

 private:
  void refuse_too_long(ServerAssignmentAnswer& answer, const ServerAssignmentRequest& request);
  void write_taken_back();
  void report(const AssignmentDecision& decision, const ServerAssignmentRequest& request);

  std::unique_ptr<AssignmentStore> store_;
  const AssignmentConfig config_;
  UserDocuments documents_;
  std::vector<std::optional<AssociationRow>> told_;  // of the last batch
  std::vector<AssociationRow> taken_back_;           // to be written
  std::chrono::steady_clock::time_point next_housekeeping_{};
};

}  // namespace hss::app

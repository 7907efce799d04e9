// A batch of Server-Assignments in one transaction, with the pushes and the memory of requests that belong to it.
#include "hss/server_assignment.h"
#include "hss/server_change.h"

#include <map>
#include <utility>

namespace hss {
namespace {

// S-CSCFs that the batch replaced are told.
std::vector<Push> pushes_due(AssignmentTransaction& transaction, const AssignmentRows& rows) {
  std::vector<const SubscriptionRow*> subscriptions;
  for (const AssignedSubscription& subscription : rows.subscriptions) {
    subscriptions.push_back(&subscription.row);
  }
  return pushes_due(subscriptions, [&](std::span<const std::int64_t> ids) { return transaction.read_registered(ids); });
}

// Origin-Host and End-to-End Identifier (RFC 6733 3), and what came under them last.
using RequestKey = std::pair<std::string, std::uint32_t>;
struct SeenRequest {
  std::string asked;
  Outcome outcome;
};
using SeenInBatch = std::map<RequestKey, SeenRequest>;

AssignmentWrites writes_of(std::span<const AssignmentDecision> decisions, const SeenInBatch& seen) {
  AssignmentWrites out;
  for (const auto& [key, request] : seen) {
    out.seen.push_back({key.first, key.second, request.asked, request.outcome});
  }
  for (const AssignmentDecision& decision : decisions) {
    if (decision.user_data) {
      out.sets.push_back(decision.user_data->set_id);
      out.impis.push_back(decision.user_data->impi_id);
    }
  }
  return out;
}

}  // namespace

AssignmentBatch assign_servers(AssignmentTransaction& transaction,
                               std::span<const ServerAssignmentRequest* const> requests,
                               const AssignmentPolicy& policy) {
  AssignmentRows rows = transaction.lock(requests);
  AssignmentBatch batch;
  SeenInBatch seen;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestKey key{requests[i]->requester.host, requests[i]->end_to_end};
    const auto earlier = seen.find(key);
    if (requests[i]->retransmitted && earlier != seen.end() && earlier->second.asked == asked_of(*requests[i])) {
      rows.members[i].seen = earlier->second.outcome;
    }
    batch.decisions.push_back(decide_assignment(*requests[i], policy, rows, i));
    if (batch.decisions.back().remember) {
      seen.insert_or_assign(key, SeenRequest{asked_of(*requests[i]), batch.decisions.back().answer.outcome});
    }
  }
  AssignmentWrites writes = writes_of(batch.decisions, seen);
  writes.pushes = pushes_due(transaction, rows);
  batch.profiles = transaction.commit(rows, writes);
  return batch;
}

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// A batch of Server-Assignments in one transaction, with the pushes and the memory of requests that belong to it.
#include "hss/cx/server_assignment/batch.h"

#include "hss/cx/server_assignment/rules.h"
#include "hss/cx/server_change.h"

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

// A repetition's first answer may have been lost. What a refusal or NO_ASSIGNMENT brings is not remembered: the one may
// be thrown away, the other changes nothing; the S-CSCF gets it once more, at worst.
class UserDataOfBatch {
 public:
  UserDataOfBatch(std::span<const ServerAssignmentRequest* const> requests, AssignmentRows& rows)
      : requests_(requests), rows_(rows) {}

  void add(std::size_t index, UserDocument document, AssignmentDecision& decision) {
    const ServerAssignmentRequest& request = *requests_[index];
    AssignedSubscription& subscription = rows_.subscriptions[rows_.members[index].subscription];
    AssociationRow* association = association_of(subscription, decision.user_data->impi_id, decision.user_data->set_id);
    const bool is_news =
        association == nullptr || document.digest.empty() || association->told.digest != document.digest;
    const bool goes = !request.data_available || is_news || decision.note == AssignmentNote::repeated;
    if (goes) {
      decision.answer.user_data = std::move(document.text);
      decision.answer.charging = subscription.charging;
    }
    const bool is_kept = decision.remember && decision.answer.outcome == Outcome::success && !document.digest.empty();
    if (is_kept && association != nullptr) {
      const bool is_unasked = goes ? request.data_available : association->told.is_unasked;
      remember({std::move(document.digest), document.revision, decision.user_data->form,
                std::move(document.default_identity), is_unasked},
               *association);
      if (goes) {
        decision.told = *association;
      }
    }
  }

  [[nodiscard]] std::span<const AssociationRow> told() const { return told_; }

 private:
  void remember(Told told, AssociationRow& association) {
    if (association.told == told) {
      return;
    }
    association.told = std::move(told);
    std::erase_if(told_, [&](const AssociationRow& row) {
      return row.impi_id == association.impi_id && row.set_id == association.set_id;
    });
    told_.push_back(association);
  }

  std::span<const ServerAssignmentRequest* const> requests_;
  AssignmentRows& rows_;
  std::vector<AssociationRow> told_;
};

// Documents for the decisions that want one.
void add_user_data(std::vector<AssignmentDecision>& decisions, const ProfileRows& profiles,
                   const RenderUserData& render, UserDataOfBatch& to) {
  std::vector<WantedUserData> wanted;
  for (const AssignmentDecision& decision : decisions) {
    if (decision.user_data) {
      wanted.push_back(*decision.user_data);
    }
  }
  auto documents = render(wanted, profiles);
  std::size_t next = 0;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i].user_data) {
      to.add(i, std::move(documents.at(next++)), decisions[i]);
    }
  }
}

}  // namespace

std::vector<AssignmentDecision> assign_servers(AssignmentTransaction& transaction,
                                               std::span<const ServerAssignmentRequest* const> requests,
                                               const AssignmentPolicy& policy, const RenderUserData& render) {
  AssignmentRows rows = transaction.lock(requests);
  std::vector<AssignmentDecision> decisions;
  SeenInBatch seen;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (rows.members[i].held != 0) {
      decisions.emplace_back().held_subscription = rows.members[i].held;
      continue;
    }
    const RequestKey key{requests[i]->requester.host, requests[i]->end_to_end};
    const auto earlier = seen.find(key);
    if (requests[i]->retransmitted && earlier != seen.end() && earlier->second.asked == asked_of(*requests[i])) {
      rows.members[i].seen = earlier->second.outcome;
    }
    decisions.push_back(decide_assignment(*requests[i], policy, rows, i));
    if (decisions.back().remember) {
      seen.insert_or_assign(key, SeenRequest{asked_of(*requests[i]), decisions.back().answer.outcome});
    }
  }
  AssignmentWrites writes = writes_of(decisions, seen);
  writes.pushes = pushes_due(transaction, rows);
  const ProfileRows profiles = transaction.write(rows, writes);
  UserDataOfBatch user_data(requests, rows);
  add_user_data(decisions, profiles, render, user_data);
  transaction.commit(user_data.told());
  return decisions;
}

}  // namespace hss

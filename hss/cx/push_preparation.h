// SPDX-License-Identifier: Apache-2.0
// From claimed pushes to requests, in one transaction: what is sent is durably remembered as unknown before it leaves.
#pragma once

#include "hss/cx/push_rules.h"
#include "hss/cx/server_assignment/server_assignment.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hss {

// A push that leaves, and what its S-CSCF has when it says so.
struct SentPush {
  PushRow push;
  std::int64_t impi_id = 0;  // of a PPR with a profile
  std::int64_t generation = 0;
  Told told;
  EndedRegistration about;  // what there is none of, where the S-CSCF does not know the user
};

// A PPR for which the token has to open H(A1) first.
struct DigestOrder {
  ProfileRequest request;
  DigestRow row;
};
struct PreparedPush {
  SentPush sent;
  std::variant<TerminationRequest, ProfileRequest, DigestOrder> request;
};

struct PreparedPushes {
  std::vector<PreparedPush> to_send;
  std::vector<PushRow> given_up;  // for the log
  std::vector<PushRow> too_long;  // of these, no message holds the profile
};

// How a peer is pushed to, from the configuration.
struct PushManner {
  PushPolicy policy = PushPolicy::ppr;
  Extensions extensions = Extensions::full;  // for documents where nobody knows how the last one was written
};

struct PushContext {
  std::function<PushManner(std::string_view host)> manner_of;
  std::chrono::milliseconds settling{0};
  bool is_reachable = true;  // otherwise all that is overdue is given up
  std::function<std::vector<UserDocument>(std::span<const WantedUserData>, const ProfileRows&, PushTransaction&)>
      render;
};

// On return it is committed. Throws StoreError.
PreparedPushes prepare_pushes(PushTransaction& transaction, std::vector<PushRow> pushes, const PushContext& context);

// The rows of a transaction by subscription.
class PushedSubscriptions {
 public:
  // Locks those of the pushes.
  PushedSubscriptions(PushTransaction& transaction, std::span<const PushRow* const> pushes);
  // Null: it is gone.
  AssignedSubscription* find(std::int64_t id);
  [[nodiscard]] bool is_held(std::int64_t id) const;
  [[nodiscard]] const AssignmentRows& rows() const noexcept { return rows_; }

 private:
  AssignmentRows rows_;
  std::vector<std::int64_t> held_;
};

// Without what the S-CSCF does not know any more but has left restoration information of: that registration goes on
// (TS 23.380 4.2).
PushRow unless_restorable(PushRow push, PushTransaction& transaction);

// Nobody knows what the S-CSCF has of this set; the rows to be written.
void forget_told(AssignedSubscription& subscription, std::int64_t set_id, std::vector<AssociationRow>& into);

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// What a change makes due, what a push still has to do, and what its answer means (TS 29.228 6.1.3, 6.2.2). Pure.
#pragma once

#include "hss/cx/push_messages.h"
#include "hss/cx/push_store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hss {

// docs/provisioning.md, "What S-CSCFs are told", is this.
ChangeDecision decide_change(const ChangeRow& row);

// How a peer takes pushes (configuration: diameter.peer).
enum class PushPolicy : std::uint8_t {
  ppr,
  rtr_instead,  // of a PPR: the user has to register anew
  no_ppr,       // no PPR; an RTR all the same
};

// What is to be done about a push now.
enum class PushStep : std::uint8_t {
  terminate,     // send the RTR as the row has it
  send_profile,  // render the set for `association`, and send that, or an RTR instead, if it is news
  send_digest,
  wait,    // `wait_for`
  settle,  // nothing is sent: `state`, `why`
};
struct PushPlan {
  PushStep step = PushStep::settle;
  const AssociationRow* association = nullptr;  // whose IMPI the S-CSCF knows
  const AssignmentSetRow* set = nullptr;
  std::chrono::milliseconds wait_for{0};
  PushState state = PushState::done;
  const char* why = "";
};
// `subscription`: null where it is gone. `settling`: how long an answer to a Server-Assignment may be on its way; no
// PPR leaves before, so that none is overtaken by an older document.
PushPlan plan_push(const PushRow& push, const AssignedSubscription* subscription, PushPolicy policy,
                   std::chrono::milliseconds settling);

// What an answer means.
enum class PushVerdict : std::uint8_t {
  done,
  unknown_there,  // the S-CSCF does not know the user (PPR)
  other_impi,     // it knows him by another private identity
  too_much_data,  // RTR with SERVER_CHANGE
  unusable_data,
  again,  // it may succeed later
  refused,
};
PushVerdict verdict_on(PushKind kind, const PushAnswer& answer) noexcept;

// Ends the registrations of the push that are still the same ones, and gives the S-CSCF back where nothing is left.
// What goes on as an emergency registration stays. SERVER_CHANGE also takes the name away, so that capabilities are
// asked for anew.
void end_registrations(const PushRow& push, const PushAnswer& answer, const ProfileRows& members,
                       AssignedSubscription& subscription);

// The User-Name for the next attempt, where the S-CSCF does not know the one of this; nothing: all have been tried.
std::optional<std::string> next_user_name(const PushRow& push);

}  // namespace hss

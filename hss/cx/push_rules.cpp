// SPDX-License-Identifier: Apache-2.0
// Tables of causes and of answers, and the rows that follow.
#include "hss/cx/push_rules.h"

#include "hss/cx/server_assignment/rules.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace hss {
namespace {

using enum DeregistrationReason;

ChangeDecision end(DeregistrationReason reason, std::string_view info) {
  return {PushAct::end, reason, std::string(info)};
}
ChangeDecision act(PushAct what) { return {what, permanent_termination, {}}; }

// TS 29.228 6.2.2.1: a PPR must not change the default public user identity of who is registered.
ChangeDecision decide_members(const ChangeRow& row) {
  if (row.state == RegistrationState::not_registered) {
    return {};
  }
  if (row.is_service) {
    const bool has_ended = !row.service_is_active && row.state == RegistrationState::unregistered;
    return has_ended ? end(remove_s_cscf, "the service is not active") : act(PushAct::profile);
  }
  if (row.default_identity.empty()) {
    return end(permanent_termination, "no public identity is left");
  }
  const bool is_another = !row.told_default.empty() && row.told_default != row.default_identity;
  return is_another && row.state == RegistrationState::registered
             ? end(permanent_termination, "the default public identity changed")
             : act(PushAct::profile);
}

// Whether the registration that a push is about is still the same one.
bool is_same(const EndedRegistration& ended, const AssignedSubscription& subscription) {
  if (ended.impi_id != 0) {
    return std::ranges::any_of(subscription.associations, [&](const AssociationRow& row) {
      return row.impi_id == ended.impi_id && row.set_id == ended.set_id && row.registered &&
             row.generation == ended.generation;
    });
  }
  const AssignmentSetRow* set = find_set(subscription, ended.set_id);
  return set != nullptr && set->state == RegistrationState::unregistered && set->generation == ended.generation;
}

PushPlan settle(PushState state, const char* why) {
  PushPlan out;
  out.state = state;
  out.why = why;
  return out;
}
PushPlan step(PushStep what, const AssociationRow* association = nullptr) {
  PushPlan out;
  out.step = what;
  out.association = association;
  return out;
}

bool names(const PushRow& push, std::string_view impi) {
  return push.impi == impi || std::ranges::find(push.associated, impi) != push.associated.end();
}

// Whether the S-CSCF serves one of the private identities of the push, whatever that was once about.
bool serves_again(const PushRow& push, const AssignedSubscription& subscription) {
  if (subscription.row.scscf.host != push.destination.host) {
    return false;
  }
  return std::ranges::any_of(subscription.associations, [&](const AssociationRow& row) {
    const PrivateIdentityRow* impi = find_impi(subscription, row.impi_id);
    const AssignmentSetRow* set = find_set(subscription, row.set_id);
    const bool is_known_there = row.registered || (set != nullptr && set->state == RegistrationState::unregistered);
    return is_known_there && impi != nullptr && names(push, impi->identity);
  });
}

// Rows that are removed are not there to be compared; of what was given up and is tried once more, and of an S-CSCF
// that was replaced, nothing is kept.
bool is_needed(const PushRow& push, const AssignedSubscription* subscription) {
  if (push.cause == "removed") {
    return true;
  }
  if (push.cause == "replaced") {
    return subscription == nullptr || subscription->row.scscf.host != push.destination.host;
  }
  if (push.ends.empty()) {
    return subscription == nullptr || !serves_again(push, *subscription);
  }
  return subscription != nullptr &&
         std::ranges::any_of(push.ends, [&](const EndedRegistration& one) { return is_same(one, *subscription); });
}

PushPlan plan_termination(const PushRow& push, const AssignedSubscription* subscription) {
  return is_needed(push, subscription) ? step(PushStep::terminate)
                                       : settle(PushState::superseded, "registered anew, or ended meanwhile");
}

bool is_unknown_there(const PushRow& push, const AssociationRow& row) {
  return std::ranges::any_of(push.ends, [&](const EndedRegistration& one) {
    return one.impi_id == row.impi_id && one.generation == row.generation;
  });
}
bool is_unknown_there(const PushRow& push, const AssignmentSetRow& set) {
  return set.state == RegistrationState::unregistered &&
         std::ranges::any_of(push.ends, [&](const EndedRegistration& one) {
           return one.impi_id == 0 && one.set_id == set.id && one.generation == set.generation;
         });
}

// Whoever was assigned last of those whom it was told of, otherwise of all.
bool is_better_known(const AssociationRow& a, const AssociationRow& b) {
  if (a.told.digest.empty() != b.told.digest.empty()) {
    return !a.told.digest.empty();
  }
  constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  return a.assigned_ms_ago.value_or(never) < b.assigned_ms_ago.value_or(never);
}

// Whom the S-CSCF knows: of an unregistered set, whoever it was told.
const AssociationRow* known_there(const PushRow& push, const AssignedSubscription& subscription,
                                  const AssignmentSetRow& set) {
  const bool is_registered = set.state == RegistrationState::registered;
  const AssociationRow* best = nullptr;
  for (const AssociationRow& row : subscription.associations) {
    const bool is_named = push.impi_id == 0 || push.impi_id == row.impi_id;
    const bool fits =
        is_named && row.set_id == push.set_id && (row.registered || !is_registered) && !is_unknown_there(push, row);
    if (fits && (best == nullptr || is_better_known(row, *best))) {
      best = &row;
    }
  }
  return is_unknown_there(push, set) ? nullptr : best;
}

std::chrono::milliseconds settles_in(const PushRow& push, const AssignedSubscription& subscription,
                                     std::chrono::milliseconds settling) {
  std::int64_t youngest = settling.count();
  const auto look_at = [&](std::int64_t set_id, const std::optional<std::int64_t>& age) {
    if (set_id == push.set_id && age) {
      youngest = std::min(youngest, std::max<std::int64_t>(*age, 0));
    }
  };
  for (const AssignmentSetRow& set : subscription.sets) {
    look_at(set.id, set.assigned_ms_ago);
  }
  for (const AssociationRow& row : subscription.associations) {
    look_at(row.set_id, row.assigned_ms_ago);
  }
  return settling - std::chrono::milliseconds(youngest);
}

PushPlan plan_profile(const PushRow& push, const AssignedSubscription& subscription, PushPolicy policy,
                      std::chrono::milliseconds settling) {
  const AssignmentSetRow* set = find_set(subscription, push.set_id);
  if (set == nullptr || set->state == RegistrationState::not_registered) {
    return settle(PushState::superseded, "not registered any more");
  }
  if (policy == PushPolicy::no_ppr) {
    return settle(PushState::done, "the peer takes no PPR; it gets the profile at the next registration");
  }
  const AssociationRow* known = known_there(push, subscription, *set);
  if (known == nullptr) {
    return settle(PushState::done, "the S-CSCF knows none of its users");
  }
  PushPlan out = step(PushStep::send_profile, known);
  out.set = set;
  out.wait_for = settles_in(push, subscription, settling);
  if (out.wait_for.count() > 0) {
    out.step = PushStep::wait;
  }
  return out;
}

// An answer with the secret of before may be on its way as long as one with a document may.
PushPlan plan_digest(const PushRow& push, const AssignedSubscription& subscription, PushPolicy policy,
                     std::chrono::milliseconds settling) {
  const auto known = std::ranges::find_if(subscription.associations, [&](const AssociationRow& row) {
    return row.impi_id == push.impi_id && (row.registered || row.auth_pending);
  });
  if (known == subscription.associations.end()) {
    return settle(PushState::superseded, "not registered any more");
  }
  if (policy != PushPolicy::ppr) {
    return settle(PushState::done, "the peer takes no PPR; it asks for the secret at the next registration");
  }
  PushPlan out = step(PushStep::send_digest, &*known);
  out.wait_for = settling - push.age;
  if (out.wait_for.count() > 0) {
    out.step = PushStep::wait;
  }
  return out;
}

// table: TS 29.228 6.1.3.1, 6.2.2.1, TS 29.229 6.2; of codes that are not here the hundreds decide
struct Meaning {
  PushKind kind;
  std::uint32_t vendor;
  std::uint32_t code;
  PushVerdict verdict;
};
constexpr std::array meanings{
    Meaning{PushKind::rtr, 0, 2001, PushVerdict::done},
    Meaning{PushKind::rtr, 0, 2002, PushVerdict::done},  // LIMITED_SUCCESS: but for emergency registrations
    Meaning{PushKind::rtr, 0, 5012, PushVerdict::again},
    Meaning{PushKind::rtr, vendor_3gpp, 5001, PushVerdict::done},  // there is nothing to end
    Meaning{PushKind::rtr, vendor_3gpp, 5002, PushVerdict::other_impi},
    Meaning{PushKind::rtr, vendor_3gpp, 5003, PushVerdict::done},
    Meaning{PushKind::ppr, 0, 2001, PushVerdict::done},
    Meaning{PushKind::ppr, 0, 2002, PushVerdict::done},
    Meaning{PushKind::ppr, 0, 5012, PushVerdict::again},
    Meaning{PushKind::ppr, vendor_3gpp, 5001, PushVerdict::unknown_there},
    Meaning{PushKind::ppr, vendor_3gpp, 5002, PushVerdict::unknown_there},
    Meaning{PushKind::ppr, vendor_3gpp, 5003, PushVerdict::unknown_there},
    Meaning{PushKind::ppr, vendor_3gpp, 5008, PushVerdict::too_much_data},
    Meaning{PushKind::ppr, vendor_3gpp, 5009, PushVerdict::unusable_data},
};

// An emergency registration of one of these sets (TS 29.228 Annex G).
bool goes_on(const EndedRegistration& ended, const PushAnswer& answer, const ProfileRows& members,
             const AssignedSubscription& subscription) {
  const PrivateIdentityRow* impi = find_impi(subscription, ended.impi_id);
  const auto set = members.members.find(ended.set_id);
  if (impi == nullptr || set == members.members.end()) {
    return false;
  }
  return std::ranges::any_of(answer.emergencies, [&](const PushAnswer::Emergency& one) {
    return one.impi == impi->identity &&
           std::ranges::find(set->second, one.impu, &SetMember::identity) != set->second.end();
  });
}

void end_one(const EndedRegistration& ended, AssignedSubscription& subscription) {
  if (ended.impi_id != 0) {
    end_registration(*association_of(subscription, ended.impi_id, ended.set_id));
  }
  if (!is_registered_by_anybody(subscription, ended.set_id)) {
    change_state(set_of(subscription, ended.set_id), RegistrationState::not_registered);
  }
}

// Sets of which all that was registered has been removed.
void end_empty_sets(AssignedSubscription& subscription) {
  for (AssignmentSetRow& set : subscription.sets) {
    if (set.state == RegistrationState::registered && !is_registered_by_anybody(subscription, set.id)) {
      change_state(set, RegistrationState::not_registered);
    }
  }
}

}  // namespace

ChangeDecision decide_change(const ChangeRow& row) {
  switch (row.cause) {
    case ChangeCause::members:
      return decide_members(row);
    case ChangeCause::subscription_charging:
    case ChangeCause::location:
      return act(PushAct::profile);
    case ChangeCause::digest:
      return act(PushAct::digest);
    case ChangeCause::subscription_capabilities:
      return end(server_change, "the capabilities changed");
    case ChangeCause::suspended:
      return !row.is_suspended ? ChangeDecision() : end(permanent_termination, "the subscription is suspended");
    case ChangeCause::schemes:
      return end(permanent_termination, "an authentication scheme was taken away");
    case ChangeCause::imsi:
      return end(permanent_termination, "the IMSI changed");
    case ChangeCause::operator_word:
      return end(row.reason.value_or(permanent_termination), row.info);
  }
  return {};
}

PushPlan plan_push(const PushRow& push, const AssignedSubscription* subscription, PushPolicy policy,
                   std::chrono::milliseconds settling) {
  if (push.kind == PushKind::rtr) {
    return plan_termination(push, subscription);
  }
  if (subscription == nullptr) {
    return settle(PushState::superseded, "the subscription is gone");
  }
  if (subscription->row.scscf.host != push.destination.host) {
    return settle(PushState::superseded, "another S-CSCF is assigned");
  }
  return push.set_id != 0 ? plan_profile(push, *subscription, policy, settling)
                          : plan_digest(push, *subscription, policy, settling);
}

PushVerdict verdict_on(PushKind kind, const PushAnswer& answer) noexcept {
  constexpr std::uint32_t first_permanent = 5000;
  if (kind == PushKind::rtr && !answer.emergencies.empty()) {
    return PushVerdict::done;
  }
  const auto row = std::ranges::find_if(meanings, [&](const Meaning& one) {
    return one.kind == kind && one.vendor == answer.vendor && one.code == answer.code;
  });
  if (row != meanings.end()) {
    return row->verdict;
  }
  return answer.code < first_permanent ? PushVerdict::again : PushVerdict::refused;
}

void end_registrations(const PushRow& push, const PushAnswer& answer, const ProfileRows& members,
                       AssignedSubscription& subscription) {
  for (const EndedRegistration& ended : push.ends) {
    if (is_same(ended, subscription) && !goes_on(ended, answer, members, subscription)) {
      end_one(ended, subscription);
    }
  }
  if (push.cause == "removed") {
    end_empty_sets(subscription);
  }
  const bool is_of_its_server = subscription.row.scscf.host == push.destination.host;
  if (is_of_its_server && push.reason == server_change && !is_served(subscription)) {
    take_server_away(subscription);
  } else if (is_of_its_server && push.cause != "replaced") {
    release_server(subscription);
  }
}

std::optional<std::string> next_user_name(const PushRow& push) {
  const bool has_another = static_cast<std::size_t>(push.names_tried) < push.associated.size();
  return has_another ? std::optional(push.associated.front()) : std::nullopt;
}

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// What Server-Assignment checks before it goes by the type, in the order of TS 29.228 6.1.2.1.
#include "hss/cx/server_assignment/checks.h"

#include <algorithm>
#include <array>

namespace hss {
namespace {

// Which identities of services a type fits. A user's types end what an S-CSCF keeps of a service as well.
enum class Services : std::uint8_t { none, unregistered, all };

struct TypeRule {
  bool takes_several;    // Public-Identity may be there more than once, or not at all
  bool needs_user_name;  // also where there is a Public-Identity
  bool fits_wildcard;    // an identity that a wildcarded PUI matched, or the wildcard itself
  Services fits_psi;
};
// table: in the order of AssignmentType, without those that SWx alone has (TS 29.228 6.1.2, table 6.1.2.1)
constexpr std::array<TypeRule, 12> type_rules{{
    {false, false, true, Services::all},           // NO_ASSIGNMENT
    {false, true, false, Services::none},          // REGISTRATION
    {false, true, false, Services::none},          // RE_REGISTRATION
    {false, false, true, Services::all},           // UNREGISTERED_USER
    {true, false, true, Services::all},            // TIMEOUT_DEREGISTRATION
    {true, false, false, Services::unregistered},  // USER_DEREGISTRATION
    {true, false, true, Services::all},            // TIMEOUT_..._STORE_SERVER_NAME
    {true, false, false, Services::unregistered},  // USER_..._STORE_SERVER_NAME
    {true, false, true, Services::all},            // ADMINISTRATIVE_DEREGISTRATION
    {false, true, false, Services::none},          // AUTHENTICATION_FAILURE
    {false, true, false, Services::none},          // AUTHENTICATION_TIMEOUT
    {true, false, true, Services::all}             // DEREGISTRATION_TOO_MUCH_DATA
}};

std::optional<TypeRule> rule_of(AssignmentType type) {
  const auto number = static_cast<std::size_t>(type);
  return number < type_rules.size() ? std::optional(type_rules[number]) : std::nullopt;
}

// Conditional information elements (TS 29.228 table 6.1.2.1).
Outcome check_presence(const ServerAssignmentRequest& request, const TypeRule& rule) {
  if (request.impus.empty() && (!rule.takes_several || request.impi.empty())) {
    return Outcome::missing_identity;
  }
  return rule.needs_user_name && request.impi.empty() ? Outcome::missing_user_name : Outcome::success;
}

bool are_known(const ServerAssignmentRequest& request, const AssignmentRows::Member& member) {
  const bool impi_is_known = request.impi.empty() || member.impi_id != 0;
  return impi_is_known && member.impus.size() == request.impus.size() &&
         std::ranges::all_of(member.impus, [](const FoundIdentity& impu) { return impu.set_id != 0; });
}

bool are_associated(const AssignmentRows& rows, const AssignmentRows::Member& member) {
  const AssignedSubscription& subscription = rows.subscriptions[member.subscription];
  const auto belongs = [&](const FoundIdentity& impu) {
    return impu.subscription_id == subscription.row.id &&
           (member.impi_id == 0 || std::ranges::any_of(subscription.associations, [&](const AssociationRow& row) {
              return row.impi_id == member.impi_id && row.set_id == impu.set_id;
            }));
  };
  return std::ranges::all_of(member.impus, belongs);
}

bool is_psi(const FoundIdentity& impu) {
  return impu.type == IdentityType::distinct_psi || impu.type == IdentityType::wildcarded_psi;
}

bool fits(const FoundIdentity& impu, const TypeRule& rule) {
  if (is_psi(impu)) {
    return rule.fits_psi != Services::none;
  }
  return rule.fits_wildcard || impu.type != IdentityType::wildcarded_pui;
}

Outcome check_types(const AssignmentRows::Member& member, const std::optional<TypeRule>& rule) {
  for (const FoundIdentity& impu : member.impus) {
    if (is_psi(impu) && !impu.psi_active) {
      return Outcome::user_unknown;
    }
    if (rule && !fits(impu, *rule)) {
      return Outcome::in_assignment_type;
    }
  }
  return Outcome::success;
}

// The S-CSCF goes by a wildcard that is gone, or that does not match any of the identities any more.
bool names_stale_wildcard(const AssignmentCase& assignment) {
  const auto named = wildcard_of(assignment.request);
  const auto& impus = assignment.member.impus;
  return named && !impus.empty() &&
         std::ranges::none_of(impus, [&](const FoundIdentity& impu) { return impu.wildcard == *named; });
}

// Of those that a type fits only while their S-CSCF serves them as unregistered.
bool is_served_here(const AssignmentCase& assignment, const FoundIdentity& psi) {
  return set_of(assignment.subscription, psi.set_id).state == RegistrationState::unregistered &&
         assignment.subscription.row.scscf_name && !is_from_another_server(assignment);
}

}  // namespace

bool fits_wildcard(AssignmentType type) {
  const auto rule = rule_of(type);
  return rule && rule->fits_wildcard;
}

Outcome check_state(const AssignmentCase& assignment, ServerAssignmentAnswer& answer) {
  const auto& impus = assignment.member.impus;
  if (names_stale_wildcard(assignment)) {
    const auto ours = std::ranges::find_if(impus, [](const FoundIdentity& impu) { return impu.wildcard.has_value(); });
    answer.wildcard = ours == impus.end() ? std::nullopt : ours->wildcard;
    return Outcome::in_assignment_type;
  }
  const auto rule = rule_of(assignment.request.type);
  const bool is_misfit =
      rule && rule->fits_psi == Services::unregistered && std::ranges::any_of(impus, [&](const FoundIdentity& impu) {
        return is_psi(impu) && !is_served_here(assignment, impu);
      });
  return is_misfit ? Outcome::in_assignment_type : Outcome::success;
}

Outcome check_assignment(const ServerAssignmentRequest& request, const AssignmentRows& rows,
                         const AssignmentRows::Member& member) {
  const auto rule = rule_of(request.type);
  if (const Outcome present = rule ? check_presence(request, *rule) : Outcome::success; present != Outcome::success) {
    return present;
  }
  if (!are_known(request, member)) {  // TS 29.228 6.1.2.1 step 1
    return Outcome::user_unknown;
  }
  if (member.subscription != none && !are_associated(rows, member)) {  // step 2
    return Outcome::identities_dont_match;
  }
  if (request.impus.size() > 1 && !(rule && rule->takes_several)) {  // step 3
    return Outcome::too_many_identities;
  }
  if (const Outcome types = check_types(member, rule); types != Outcome::success) {  // step 4
    return types;
  }
  return rule && member.subscription != none ? Outcome::success : Outcome::in_assignment_type;
}

}  // namespace hss

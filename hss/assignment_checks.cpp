// What Server-Assignment checks before it goes by the type, in the order of TS 29.228 6.1.2.1.
#include "hss/assignment_rules.h"

#include <algorithm>
#include <array>

namespace hss {
namespace {

struct TypeRule {
  bool takes_several;    // Public-Identity may be there more than once, or not at all
  bool needs_user_name;  // also where there is a Public-Identity
  bool fits_psi;
};
// table: in the order of AssignmentType, without those that SWx alone has (TS 29.228 6.1.2, table 6.1.2.1)
constexpr std::array<TypeRule, 12> type_rules{{{false, true, true},    // NO_ASSIGNMENT
                                               {false, true, false},   // REGISTRATION
                                               {false, true, false},   // RE_REGISTRATION
                                               {false, false, true},   // UNREGISTERED_USER
                                               {true, false, true},    // TIMEOUT_DEREGISTRATION
                                               {true, false, false},   // USER_DEREGISTRATION
                                               {true, false, false},   // TIMEOUT_..._STORE_SERVER_NAME
                                               {true, false, false},   // USER_..._STORE_SERVER_NAME
                                               {true, false, true},    // ADMINISTRATIVE_DEREGISTRATION
                                               {false, true, false},   // AUTHENTICATION_FAILURE
                                               {false, true, false},   // AUTHENTICATION_TIMEOUT
                                               {true, false, true}}};  // DEREGISTRATION_TOO_MUCH_DATA

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

Outcome check_psi(const AssignmentRows::Member& member, const std::optional<TypeRule>& rule) {
  for (const FoundIdentity& impu : member.impus) {
    if (is_psi(impu) && !impu.psi_active) {
      return Outcome::user_unknown;
    }
    if (is_psi(impu) && rule && !rule->fits_psi) {
      return Outcome::in_assignment_type;
    }
  }
  return Outcome::success;
}

}  // namespace

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
  if (const Outcome psi = check_psi(member, rule); psi != Outcome::success) {  // step 4
    return psi;
  }
  return rule && member.subscription != none ? Outcome::success : Outcome::in_assignment_type;
}

}  // namespace hss

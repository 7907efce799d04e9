// SPDX-License-Identifier: Apache-2.0
// Server-Assignment-Types that take a registration or an authentication away (TS 29.228 6.1.2.1).
#include "hss/cx/server_assignment/deregistration.h"

#include <algorithm>

namespace hss {
namespace {

// Sets of the identities named, or all sets of the IMPI when none is; each once.
std::vector<std::int64_t> sets_concerned(const AssignmentCase& assignment) {
  std::vector<std::int64_t> out;
  for (const FoundIdentity& impu : assignment.member.impus) {
    out.push_back(impu.set_id);
  }
  if (out.empty()) {
    for (const AssociationRow& row : assignment.subscription.associations) {
      if (row.impi_id == assignment.member.impi_id) {
        out.push_back(row.set_id);
      }
    }
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Takes the IMPI, or without User-Name every IMPI, out of the set. The set gets the state it is left in when no IMPI
// remains registered; true then.
bool leave_set(const AssignmentCase& assignment, std::int64_t set_id, RegistrationState left) {
  AssignmentSetRow& set = set_of(assignment.subscription, set_id);
  if (set.state == RegistrationState::not_registered) {
    return false;
  }
  for (AssociationRow& row : assignment.subscription.associations) {
    const bool concerned = assignment.member.impi_id == 0 || row.impi_id == assignment.member.impi_id;
    if (row.set_id == set_id && concerned && row.registered) {
      end_registration(row);
    }
  }
  if (is_registered_by_anybody(assignment.subscription, set_id)) {
    return false;
  }
  change_state(set, left);
  return true;
}

}  // namespace

Outcome deregister(const AssignmentCase& assignment) {
  for (const std::int64_t set_id : sets_concerned(assignment)) {
    leave_set(assignment, set_id, RegistrationState::not_registered);
  }
  release_server(assignment.subscription);
  return Outcome::success;
}

Outcome deregister_and_store(const AssignmentCase& assignment, const AssignmentPolicy& policy) {
  const auto left = policy.keep_server_name ? RegistrationState::unregistered : RegistrationState::not_registered;
  bool dropped = false;
  for (const std::int64_t set_id : sets_concerned(assignment)) {
    const bool was_left = leave_set(assignment, set_id, left);
    dropped = dropped || (was_left && !policy.keep_server_name);
  }
  release_server(assignment.subscription);
  return dropped ? Outcome::server_name_not_stored : Outcome::success;
}

Outcome end_authentication(const AssignmentCase& assignment) {
  const std::int64_t set_id = assignment.member.impus.front().set_id;
  end_pending(*association_of(assignment.subscription, assignment.member.impi_id, set_id));
  release_server(assignment.subscription);
  return Outcome::success;
}

}  // namespace hss

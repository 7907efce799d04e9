// SPDX-License-Identifier: Apache-2.0
// Registration states and identity types by name.
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hss::pg {
namespace {

// In the order of RegistrationState.
constexpr std::array<std::string_view, 3> states{"not_registered", "registered", "unregistered"};

struct NamedIdentityType {
  std::string_view word;
  IdentityType type;
};
constexpr std::array<NamedIdentityType, 4> identity_types{{{"distinct_pui", IdentityType::distinct_pui},
                                                           {"distinct_psi", IdentityType::distinct_psi},
                                                           {"wildcarded_psi", IdentityType::wildcarded_psi},
                                                           {"wildcarded_pui", IdentityType::wildcarded_pui}}};

}  // namespace

RegistrationState state_of(std::string_view word) {
  const auto* found = std::find(states.begin(), states.end(), word);
  if (found == states.end()) {
    throw StoreError(StoreFailure::config, "unknown registration state in the database");
  }
  return static_cast<RegistrationState>(found - states.begin());
}

IdentityType identity_type_of(std::string_view word) {
  const auto* found = std::ranges::find(identity_types, word, &NamedIdentityType::word);
  if (found == identity_types.end()) {
    throw StoreError(StoreFailure::config, "unknown identity type in the database");
  }
  return found->type;
}

std::string_view word_of(RegistrationState state) noexcept { return states[static_cast<std::size_t>(state)]; }

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Types of public identities by name.
#include "hss/pg/cx/identity_types.h"

#include "hss/store_error.h"

#include <algorithm>
#include <array>

namespace hss::pg {
namespace {

struct NamedIdentityType {
  std::string_view word;
  IdentityType type;
};
constexpr std::array<NamedIdentityType, 4> identity_types{{{"distinct_pui", IdentityType::distinct_pui},
                                                           {"distinct_psi", IdentityType::distinct_psi},
                                                           {"wildcarded_psi", IdentityType::wildcarded_psi},
                                                           {"wildcarded_pui", IdentityType::wildcarded_pui}}};

}  // namespace

IdentityType identity_type_of(std::string_view word) {
  const auto* found = std::ranges::find(identity_types, word, &NamedIdentityType::word);
  if (found == identity_types.end()) {
    throw StoreError(StoreFailure::config, "unknown identity type in the database");
  }
  return found->type;
}

}  // namespace hss::pg

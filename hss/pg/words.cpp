// SPDX-License-Identifier: Apache-2.0
// States of registration by name.
#include "hss/pg/words.h"

#include "hss/store_error.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hss::pg {
namespace {

// In the order of RegistrationState.
constexpr std::array<std::string_view, 3> states{"not_registered", "registered", "unregistered"};

}  // namespace

RegistrationState state_of(std::string_view word) {
  const auto* found = std::find(states.begin(), states.end(), word);
  if (found == states.end()) {
    throw StoreError(StoreFailure::config, "unknown registration state in the database");
  }
  return static_cast<RegistrationState>(found - states.begin());
}

std::string_view word_of(RegistrationState state) noexcept { return states[static_cast<std::size_t>(state)]; }

}  // namespace hss::pg

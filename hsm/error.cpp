// SPDX-License-Identifier: Apache-2.0
// Words for the kinds of errors.
#include "hsm/error.h"

#include <array>
#include <cstddef>

namespace hsm {

std::string_view name(Kind kind) noexcept {
  constexpr std::array<std::string_view, 6> names{"config", "pin", "key", "stale", "session", "device"};
  return names.at(static_cast<std::size_t>(kind));
}

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// impi_set.told_form as a number.
#pragma once

#include "hss/user_data/user_data.h"

#include <cstdint>

namespace hss::pg {

constexpr std::int16_t number_of(const UserDataForm& form) noexcept {
  return static_cast<std::int16_t>((form.shared_ifc_sets ? 1 : 0) + (form.alias_groups ? 2 : 0) +
                                   4 * static_cast<int>(form.extensions));
}

// Of a number that is not one of ours, the part that is.
constexpr UserDataForm told_form_of(std::int64_t number) noexcept {
  const auto extensions = number / 4;
  return {.shared_ifc_sets = number % 2 == 1,
          .alias_groups = number / 2 % 2 == 1,
          .extensions = extensions >= 0 && extensions <= static_cast<int>(Extensions::absent)
                            ? static_cast<Extensions>(extensions)
                            : Extensions::full};
}

}  // namespace hss::pg

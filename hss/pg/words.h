// SPDX-License-Identifier: Apache-2.0
// Words of the schema for states of registration, and what they mean.
#pragma once

#include "hss/subscription.h"

#include <string_view>

namespace hss::pg {

// Throws StoreError (config) on a word that the schema does not have.
RegistrationState state_of(std::string_view word);
std::string_view word_of(RegistrationState state) noexcept;

}  // namespace hss::pg

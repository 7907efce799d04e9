// SPDX-License-Identifier: Apache-2.0
// Words of the schema's enumerations and what they mean.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/user_data/profile.h"

#include <string_view>

namespace hss::pg {

// Throws StoreError (config) on a word that the schema does not have.
RegistrationState state_of(std::string_view word);
IdentityType identity_type_of(std::string_view word);
std::string_view word_of(RegistrationState state) noexcept;

}  // namespace hss::pg

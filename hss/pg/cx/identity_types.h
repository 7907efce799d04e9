// SPDX-License-Identifier: Apache-2.0
// Words of the schema for types of public identities, and what they mean.
#pragma once

#include "hss/user_data/profile.h"

#include <string_view>

namespace hss::pg {

// Throws StoreError (config) on a word that the schema does not have.
IdentityType identity_type_of(std::string_view word);

}  // namespace hss::pg

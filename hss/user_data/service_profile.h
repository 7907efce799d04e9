// SPDX-License-Identifier: Apache-2.0
// The part of User-Data that a service profile makes (TS 29.228 Annex B).
#pragma once

#include "hss/user_data/user_data.h"

#include <string>

namespace hss {

// What follows the public identities in a ServiceProfile element. Alias groups make no difference to it.
std::string render_service_profile(const ServiceProfile& profile, UserDataForm form);

}  // namespace hss

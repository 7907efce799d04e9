// SPDX-License-Identifier: Apache-2.0
// User-Data (TS 29.229 6.3.7): the XML text of a user profile.
#pragma once

#include "hss/extensions.h"
#include "hss/user_data/profile.h"

#include <functional>
#include <string>
#include <string_view>

namespace hss {

// What both sides agreed on.
struct UserDataForm {
  bool shared_ifc_sets = false;  // SiFC: shared sets by their numbers, otherwise written out
  bool alias_groups = false;     // AliasInd
  Extensions extensions = Extensions::full;
  bool operator==(const UserDataForm&) const = default;
};

// Pure: the same rows give the same octets. `service_profile` finds the text that render_service_profile made.
using ServiceProfileText = std::function<std::string_view(const ServiceProfileRevision&)>;
std::string render_user_data(const UserProfile& profile, UserDataForm form, const ServiceProfileText& service_profile);

}  // namespace hss

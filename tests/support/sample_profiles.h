// SPDX-License-Identifier: Apache-2.0
// Rows of user profiles: those of the sample documents in tests/data/user_data, and a large one.
#pragma once

#include "hss/user_data/renderer.h"

#include <string>
#include <vector>

namespace support {

struct SampleProfile {
  hss::UserProfile user;
  std::vector<hss::ServiceProfile> services;
};

// Number 1 to 5; the forms of the documents are sample_form. The shared sets of number 3 are those of profiles.sql.
SampleProfile sample_profile(int number);
hss::UserDataForm sample_form(int number);

// One public identity and many filter criteria, every text full of what XML must escape.
SampleProfile hard_profile(int criteria);

// The whole way without a cache.
std::string rendered(const SampleProfile& profile, hss::UserDataForm form);

}  // namespace support

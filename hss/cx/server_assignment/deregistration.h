// SPDX-License-Identifier: Apache-2.0
// The types of Server-Assignment that end something (TS 29.228 6.1.2.1).
#pragma once

#include "hss/cx/server_assignment/rules.h"

namespace hss {

// Types that end registrations (TS 29.228 6.1.2.1 types 4, 5, 8 and 11): for each identity named, or for all of the
// IMPI, its whole set.
Outcome deregister(const AssignmentCase& assignment);
// ..._STORE_SERVER_NAME: types 6 and 7.
Outcome deregister_and_store(const AssignmentCase& assignment, const AssignmentPolicy& policy);
// AUTHENTICATION_FAILURE and _TIMEOUT: types 9 and 10.
Outcome end_authentication(const AssignmentCase& assignment);

}  // namespace hss

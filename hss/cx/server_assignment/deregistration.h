// SPDX-License-Identifier: Apache-2.0
// The types of Server-Assignment that end something (TS 29.228 6.1.2.1).
#pragma once

#include "hss/cx/server_assignment/rules.h"

namespace hss {

// Types that end registrations: for each identity named, or for all of the IMPI, its whole set.
Outcome deregister(const AssignmentCase& assignment);
// Types ..._STORE_SERVER_NAME.
Outcome deregister_and_store(const AssignmentCase& assignment, const AssignmentPolicy& policy);
// AUTHENTICATION_FAILURE and _TIMEOUT.
Outcome end_authentication(const AssignmentCase& assignment);

}  // namespace hss

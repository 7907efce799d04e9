// SPDX-License-Identifier: Apache-2.0
// What the answer of Server-Assignment tells, from the rows as they became.
#pragma once

#include "hss/cx/server_assignment/rules.h"

namespace hss {

// The IMPI that the answer is about: that of the request, otherwise one of the set, of the registered ones first.
// Null: nobody is associated with the set.
const PrivateIdentityRow* impi_of(const AssignmentCase& assignment);
// Who is told, and what goes with the document, as a digest of it begins: another S-CSCF has got nothing.
std::string addressee_of(const std::string& server_name, const std::string& host,
                         const std::optional<ChargingInformation>& charging);
// The answer to a request that passed the checks, from the rows as they are now.
void fill_answer(const AssignmentCase& assignment, Outcome outcome, AssignmentDecision& decision);

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// What IMPIs are authenticated by other than AKA, as rows: SIP Digest, lines, addresses.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/pg/connection.h"

#include <span>

namespace hss::pg {

std::span<const Statement> scheme_statements();

// For the members that need any of it; one statement.
bool needs_scheme_data(std::span<const AskedAuthentication> members);
Command read_scheme_data_command(std::span<const AskedAuthentication> members);

// Gives each member of `rows` what the result has of it.
void read_scheme_data(const Result& result, AuthenticationRows& rows);

}  // namespace hss::pg

// What IMPIs are authenticated by other than AKA, as rows: SIP Digest, lines, addresses.
#pragma once

#include "hss/pg/connection.h"
#include "hss/store.h"

#include <span>

namespace hss::pg {

// For the members that need any of it; one statement.
bool needs_scheme_data(std::span<const Identities> members);
Command read_scheme_data_command(std::span<const Identities> members);

// Gives each member of `rows` what the result has of it.
void read_scheme_data(const Result& result, AuthenticationRows& rows);

}  // namespace hss::pg

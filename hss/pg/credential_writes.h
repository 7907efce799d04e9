// SPDX-License-Identifier: Apache-2.0
// Number states that are locked: the writing of what changed.
#pragma once

#include "auc/sqn.h"
#include "hss/credential_store.h"
#include "hss/pg/transaction.h"

#include <span>
#include <vector>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> credential_write_statements();

// Fixes the length of IND; somebody else may be quicker.
Write ind_bits_write(unsigned ind_bits);
// What has changed; the rows are locked.
std::vector<Write> sqn_writes(const CredentialRows& rows, auc::Domain domain);

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Changes of something that many share: found out page by page whom they concern, without a lock.
#pragma once

#include "hss/pg/connection.h"

#include <span>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> shared_change_statements();

// True: there is more to do at once. A change is looked through twice: at once, and after all transactions have ended
// that ran when it was made, because they may have read what was before it.
bool look_through_shared(Connection& connection);

}  // namespace hss::pg

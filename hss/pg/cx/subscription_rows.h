// SPDX-License-Identifier: Apache-2.0
// Changed subscriptions as parameters of one array statement.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/pg/transaction.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hss::pg {

// S-CSCF name, its Diameter address and "reassignment pending" of those that say `changed`; nothing if none does.
std::optional<Write> subscription_write(std::span<const SubscriptionRow* const> rows);

// Ids that lock_subscriptions got, ascending.
std::vector<std::int64_t> locked_in(const Result& result);

}  // namespace hss::pg

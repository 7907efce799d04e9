// SPDX-License-Identifier: Apache-2.0
// Subscriptions locked by id, and changed ones as parameters of one array statement.
#pragma once

#include "hss/pg/transaction.h"
#include "hss/subscription.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hss::pg {

std::span<const Statement> subscription_statements();

// S-CSCF name, its Diameter address and "reassignment pending" of those that say `changed`; nothing if none does.
std::optional<Write> subscription_write(std::span<const SubscriptionRow* const> rows);

// Locks those of these (ids ascending) that nobody else holds; the ids that it got, ascending.
Command lock_subscriptions_command(std::span<const std::int64_t> ids);
// Those of these that there are, locked or not: of what could not be locked, what somebody else holds.
Command present_subscriptions_command(std::span<const std::int64_t> ids);

}  // namespace hss::pg

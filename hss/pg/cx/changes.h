// SPDX-License-Identifier: Apache-2.0
// Changes of single subscriptions that may concern an S-CSCF, and the pushes that they make due.
#pragma once

#include "hss/cx/push_store.h"
#include "hss/pg/connection.h"

#include <cstddef>
#include <memory>
#include <span>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> change_statements();

// Of single subscriptions. Null: there are none.
std::unique_ptr<ChangeTransaction> take_changes(Connection& connection, std::size_t most);

// RTRs that follow from something else.
Command end_orders_command(std::span<const EndOrder> orders);
// PPRs for all these sets that are still registered.
Command profiles_again_command(std::span<const std::int64_t> sets);
// PPRs with the digest secrets of these IMPIs.
Command digests_again_command(std::span<const std::int64_t> impis);

}  // namespace hss::pg

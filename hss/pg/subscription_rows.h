// Changed subscriptions as parameters of one array statement.
#pragma once

#include "hss/pg/transaction.h"
#include "hss/store.h"

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

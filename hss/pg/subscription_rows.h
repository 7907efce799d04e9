// Changed subscriptions as parameters of one array statement.
#pragma once

#include "hss/pg/transaction.h"
#include "hss/store.h"

#include <optional>
#include <span>

namespace hss::pg {

// S-CSCF name, its Diameter address and "reassignment pending" of those that say `changed`; nothing if none does.
std::optional<Write> subscription_write(std::span<const SubscriptionRow* const> rows);

}  // namespace hss::pg

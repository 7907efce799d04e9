// SPDX-License-Identifier: Apache-2.0
// Pushes as rows: what is registered in subscriptions, and the outbox.
#pragma once

#include "hss/pg/connection.h"
#include "hss/push.h"

#include <cstdint>
#include <span>
#include <vector>

namespace hss::pg {

std::span<const Statement> outbox_statements();

// One command each, for the pipeline of a transaction that has locked the subscriptions.
Command read_registered_command(std::span<const std::int64_t> subscriptions);
Command write_pushes_command(std::span<const Push> pushes);

// From the result of read_registered_command; subscriptions in which nothing is registered are left out.
std::vector<RegisteredIdentities> registered_in(const Result& result);

}  // namespace hss::pg

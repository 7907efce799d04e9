// SPDX-License-Identifier: Apache-2.0
// Another S-CSCF becomes the assigned one: what the subscription says then, and what the one before must be told.
#pragma once

#include "hss/cx/authentication_store.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hss {

// In whatever way it comes about, a reassignment that was pending has been made by it (TS 23.380).
void assign_server(SubscriptionRow& subscription, const std::string& server_name, const Requester& requester);

// What is registered in these subscriptions, as the database has it before anything is written.
using ReadRegistered = std::function<std::vector<RegisteredIdentities>(std::span<const std::int64_t>)>;

// Pushes that the changes of these subscriptions make due; asks only for those that changed hands. TS 29.228 8.1: an
// S-CSCF that was replaced while it had registrations is told at once. That is the rule of an HSS that knows S-CSCF
// restoration; what the new S-CSCF knows cannot always be asked, since Multimedia-Auth does not negotiate it.
std::vector<Push> pushes_due(std::span<const SubscriptionRow* const> subscriptions, const ReadRegistered& read);

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// The row of a subscription that changes hands, and its pushes.
#include "hss/cx/server_change.h"

#include "hss/cx/server_name.h"

#include <map>
#include <optional>
#include <utility>

namespace hss {

void assign_server(SubscriptionRow& subscription, const std::string& server_name, const Requester& requester) {
  const bool is_another = subscription.scscf_name && !same_server(*subscription.scscf_name, server_name);
  if (is_another && !subscription.replaced) {
    subscription.replaced = subscription.scscf;
  }
  subscription.scscf_name = server_name;
  subscription.scscf = requester;
  subscription.reassignment_pending = false;
  subscription.changed = true;
}

std::vector<Push> pushes_due(std::span<const SubscriptionRow* const> subscriptions, const ReadRegistered& read) {
  std::map<std::int64_t, const SubscriptionRow*> replaced;
  std::vector<std::int64_t> ids;
  for (const SubscriptionRow* row : subscriptions) {
    if (row->replaced && row->replaced->host != row->scscf.host && replaced.emplace(row->id, row).second) {
      ids.push_back(row->id);
    }
  }
  std::vector<Push> out;
  if (ids.empty()) {
    return out;
  }
  for (const RegisteredIdentities& registered : read(ids)) {
    const SubscriptionRow& row = *replaced.at(registered.subscription_id);
    if (auto push = push_to_replaced(*row.replaced, row.scscf, registered)) {
      out.push_back(std::move(*push));
    }
  }
  return out;
}

}  // namespace hss

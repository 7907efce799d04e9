// SPDX-License-Identifier: Apache-2.0
// Which pushes a change of the S-CSCF makes due.
#include "hss/push.h"

namespace hss {

std::optional<Push> push_to_replaced(const Requester& before, const Requester& now,
                                     const RegisteredIdentities& registered) {
  if (before.host == now.host || registered.impis.empty() || registered.impus.empty()) {
    return std::nullopt;
  }
  Push push;
  push.subscription_id = registered.subscription_id;
  push.destination = before;
  push.impi = registered.impis.front();
  push.associated.assign(registered.impis.begin() + 1, registered.impis.end());
  push.impus = registered.impus;
  push.reason = DeregistrationReason::new_server_assigned;
  return push;
}

}  // namespace hss

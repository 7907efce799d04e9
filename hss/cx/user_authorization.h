// SPDX-License-Identifier: Apache-2.0
// User-Authorization decided on rows: may this user register here, and where (TS 29.228 6.1.1). Pure.
#pragma once

#include "hss/cx/lookup_store.h"
#include "hss/cx/messages.h"
#include "hss/cx/reassignment.h"

#include <span>
#include <vector>

namespace hss {

LookupDecision<UserAuthorizationAnswer> decide_user_authorization(const UserAuthorizationRequest& request,
                                                                  const UserAuthorizationRow& row);

// A whole batch; one answer a request, in order. Blocks for the store; throws StoreError.
std::vector<Served<UserAuthorizationAnswer>> authorize_users(LookupStore& store,
                                                             std::span<const UserAuthorizationRequest* const> requests);

}  // namespace hss

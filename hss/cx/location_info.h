// SPDX-License-Identifier: Apache-2.0
// Location-Info decided on rows: which S-CSCF or application server serves this identity (TS 29.228 6.1.4). Pure.
#pragma once

#include "hss/cx/lookup_store.h"
#include "hss/cx/messages.h"
#include "hss/cx/reassignment.h"

#include <span>
#include <vector>

namespace hss {

LookupDecision<LocationInfoAnswer> decide_location_info(const LocationInfoRequest& request, const LocationInfoRow& row);

// A whole batch; one answer a request, in order. Blocks for the store; throws StoreError.
std::vector<Served<LocationInfoAnswer>> locate_users(LookupStore& store,
                                                     std::span<const LocationInfoRequest* const> requests);

}  // namespace hss

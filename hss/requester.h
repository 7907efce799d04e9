// SPDX-License-Identifier: Apache-2.0
// The node that asks, as the base protocol names it (RFC 6733 6.3, 6.4).
#pragma once

#include <string>

namespace hss {

// Origin-Host and Origin-Realm, lower case.
struct Requester {
  std::string host;
  std::string realm;
};

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// Where a peer's connection comes from. Names are made up easily, addresses are not.
#pragma once

#include "diameter_ext/fd.h"

#include <string>

namespace diameter_ext {

// Its address as text; empty when it cannot be told, as of a connection that has gone.
std::string address_of(peer_hdr* peer);

// The same, but of an IPv6 address only the first half: a host may have any number of those.
std::string network_of(peer_hdr* peer);

}  // namespace diameter_ext

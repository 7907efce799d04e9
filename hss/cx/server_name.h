// SPDX-License-Identifier: Apache-2.0
// Names of S-CSCFs compared as the SIP URIs that they are (TS 29.229 6.3.2, RFC 3261 19.1.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hss {

// Both name the same S-CSCF. Scheme, host and parameters without regard to case, the user part to the letter, escapes
// resolved; parameters in any order. The default port (5060, of SIPS 5061) is as good as none, which is more than RFC
// 3261 says: an S-CSCF that leaves it out and writes it elsewhere does not mean two servers. A parameter that one of
// the two lacks (lr) makes no difference, unless it is one that leads elsewhere: transport, maddr, user, method, ttl.
bool same_server(std::string_view a, std::string_view b);

// The assigned S-CSCF's name, if it is not that of the request but has the same host: most likely one S-CSCF whose
// configuration gives it two names. It is then refused as if it were two (TS 29.228 8.1 wants names, not hosts).
std::optional<std::string> other_name_of_host(const std::optional<std::string>& assigned, std::string_view asked);

}  // namespace hss

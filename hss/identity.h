// SPDX-License-Identifier: Apache-2.0
// Canonical forms of identities (TS 23.003 13, RFC 3261 19.1.4, RFC 3966 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hss {

// SIP and SIPS URI: scheme and host in lower case, no port, parameters, headers; in the user part every octet is
// escaped that needs it, and no other, so that the raw and the escaped form are one. tel URI: no visual separators and
// parameters, but the phone-context of a local number. An expression between two "!" stays as it is
// (TS 23.003 13.4A, 13.5). Anything else comes back unchanged (and will not be found). The schema has the same
// (quintet.canonical_impu).
std::string canonical_impu(std::string_view public_identity);

// user part as it is, realm in lower case.
std::string canonical_impi(std::string_view private_identity);

// The IMSI that a canonical private identity was made from, IMSI@ims.mncMNC.mccMCC.3gppnetwork.org with the network of
// that IMSI; nothing for any other (TS 23.003 13.3).
std::optional<std::string> imsi_of_impi(std::string_view private_identity);

// Visited-Network-Identifier: lower case, without the quotes of a P-Visited-Network-ID header.
std::string canonical_network(std::string_view visited_network);

}  // namespace hss

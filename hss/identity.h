// Canonical forms of identities and the comparison of S-CSCF names (TS 23.003 13, RFC 3261 19.1.4, RFC 3966 4).
#pragma once

#include <string>
#include <string_view>

namespace hss {

// SIP and SIPS URI: scheme and host in lower case, escapes resolved where they need none, no port, parameters, headers.
// tel URI: no visual separators, no parameters. Anything else comes back unchanged (and will not be found).
std::string canonical_impu(std::string_view public_identity);

// user part as it is, realm in lower case.
std::string canonical_impi(std::string_view private_identity);

// Visited-Network-Identifier: lower case, without the quotes of a P-Visited-Network-ID header.
std::string canonical_network(std::string_view visited_network);

// Same S-CSCF: scheme and host without regard to case; user, port and the rest to the letter.
bool same_server(std::string_view a, std::string_view b) noexcept;

}  // namespace hss

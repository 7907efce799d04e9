// SPDX-License-Identifier: Apache-2.0
// Forms of texts that come in with a request and leave again, into an answer, a SIP message or a log (docs/texts.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hss {

// SIP or SIPS URI with a host: "sip:scscf.example.net:6060;lr"; escapes are whole, the port has 16 bits (RFC
// 3261 25.1).
[[nodiscard]] bool is_sip_uri(std::string_view text) noexcept;

// Of an S-CSCF or an application server: without headers, and no escape in it is a control character.
[[nodiscard]] bool is_server_name(std::string_view text) noexcept;

// Host or realm name: labels of letters, digits, "-" and "_", at most 255 octets (RFC 6733 4.3.1: DiameterIdentity).
[[nodiscard]] bool is_diameter_identity(std::string_view text) noexcept;

// Content that a SIP header can have: UTF-8, not empty, no control character but the tab, and so no second line.
[[nodiscard]] bool is_header_text(std::string_view text) noexcept;
// Of Call-ID (RFC 3261 25.1): printable ASCII without blanks.
[[nodiscard]] bool is_call_id(std::string_view text) noexcept;
// Of From, To and Contact: a header text that is a URI, or has one between "<" and ">"; one of SIP has a host.
[[nodiscard]] bool is_address(std::string_view text) noexcept;
// Of Path and Record-Route: addresses of SIP URIs between "<" and ">", with "," between them (RFC 3327 4).
[[nodiscard]] bool is_route(std::string_view text) noexcept;

// RFC 3629, no NUL; what PostgreSQL accepts as text.
[[nodiscard]] bool is_clean_utf8(std::string_view text) noexcept;
// Also without control characters, those of C1 included.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

// A text of others as a log can bear it: one line, quotes and backslashes escaped, octets beyond printable ASCII as
// \xNN, at most about `most` octets and then how many there were.
[[nodiscard]] std::string log_text(std::string_view text, std::size_t most = 128);

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// Octets as people write them: hexadecimal and base64, in and out.
#pragma once

#include "hsm/secret.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

std::string hex_of(hsm::Bytes octets);
// The same into `out`, which has two octets for each; for secrets.
void encode_hex(hsm::Bytes octets, hsm::MutableBytes out) noexcept;

// Decode into `out`, which they fill exactly; false, and `out` unspecified, when the text is something else.
[[nodiscard]] bool decode_hex(std::string_view text, hsm::MutableBytes out) noexcept;

// Hexadecimal or base64, of any length up to 1024 octets; for what is not secret (wrapped keys).
std::optional<std::vector<std::uint8_t>> decode_blob(std::string_view text);

}  // namespace hss::app::cli

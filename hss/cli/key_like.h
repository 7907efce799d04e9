// SPDX-License-Identifier: Apache-2.0
// Whether a text that is to be shown or stored as a name could be a key in truth.
#pragma once

#include "hsm/secret.h"

#include <string_view>

namespace hss::app::cli {

// 32 hexadecimal digits or more in a row, whatever separates them, or the base64 of 16 octets.
bool could_be_key(std::string_view text);

// Whether the text holds the secret: its octets, in hexadecimal, or in base64.
bool shows(std::string_view text, hsm::Bytes secret);

}  // namespace hss::app::cli

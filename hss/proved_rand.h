// SPDX-License-Identifier: Apache-2.0
// RANDs that can be told from older ones: the way back of a card that is armed (docs/architecture.md, "A card out of
// reach").
#pragma once

#include "auc/types.h"

#include <cstdint>
#include <span>

namespace hss {

// The second half becomes HMAC-SHA-256 over the first under `nonce`, cut to 8 octets; what stays random is 64 bits.
void prove(auc::Rand& rand, std::span<const std::uint8_t> nonce);

// Whether that was done with this nonce; an empty one proves nothing.
bool is_proved(const auc::Rand& rand, std::span<const std::uint8_t> nonce);

}  // namespace hss

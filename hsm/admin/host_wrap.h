// SPDX-License-Identifier: Apache-2.0
// Wraps a key outside any token, to make a probe that a new KEK must be able to open. Never for subscriber keys.
#pragma once

#include "hsm/secret.h"
#include "hsm/wrap_mechanism.h"

#include <vector>

namespace hsm {

// As a token does it with that mechanism under that AES-256 key. Throws Error{device} if OpenSSL cannot.
std::vector<std::uint8_t> wrap_on_host(const WrapMechanism& mechanism, const HeapSecret& kek, const HeapSecret& key);

}  // namespace hsm

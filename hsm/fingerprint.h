// SPDX-License-Identifier: Apache-2.0
// Taking the fingerprint of a subscriber key inside a token.
#pragma once

#include "hsm/admin/key_admin.h"
#include "hsm/attributes.h"
#include "hsm/secret.h"
#include "hsm/token.h"

#include <array>
#include <cstdint>

namespace hsm {

// What stands for K in the database (architecture.md, "Keys"): HMAC-SHA-256 under the fingerprint key over a fixed
// block encrypted under K. One operation in the object's session, which must not have another one under way. The same
// for the same K, however it was wrapped. Throws Error.
Fingerprint fingerprint_of(const Object& k, const HeapSecret& fingerprint_key);

// What another fixed block becomes under K, to tell at each use that a handle still is this key. It says nothing of K
// and has nothing to do with the fingerprint.
inline constexpr std::size_t block_octets = 16;
using CheckBlock = std::array<std::uint8_t, block_octets>;
extern const CheckBlock check_block;  // what is encrypted

// Both, for one call: what is encrypted, and what they are by its outcome.
struct Marks {
  Fingerprint fingerprint{};
  CheckBlock check{};
};
using MarkBlocks = std::array<std::uint8_t, 2 * block_octets>;
extern const MarkBlocks mark_blocks;
Marks marks_of(Bytes encrypted, const HeapSecret& fingerprint_key);

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// How OPc and H(A1) are kept at rest: AES-256-GCM under a data key, bound to what they belong to.
#pragma once

#include "hsm/secret.h"
#include "hsm/token.h"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace hsm {

inline constexpr std::size_t data_key_octets = 32;
inline constexpr std::size_t seal_nonce_octets = 12;
inline constexpr std::size_t seal_tag_octets = 16;

using SealNonce = std::array<std::uint8_t, seal_nonce_octets>;

// Owner, a zero octet, SHA-256 of the wrapped key (or of the URI's text): what moves to another row or meets another
// key no longer opens.
std::vector<std::uint8_t> seal_binding(std::string_view owner, Bytes key_place);
// The same, of a reference: its wrapped key, or its URI where it has none.
std::vector<std::uint8_t> seal_binding(const KeyReference& reference);

// Nonce, ciphertext, tag. The nonce must be fresh from a random source. Throws Error{device} if OpenSSL cannot.
std::vector<std::uint8_t> seal(const HeapSecret& data_key, const SealNonce& nonce, Bytes binding, Bytes plain);

// Nothing if it was not sealed by this key with this binding.
std::optional<HeapSecret> open_sealed(const HeapSecret& data_key, Bytes binding, Bytes sealed);

}  // namespace hsm

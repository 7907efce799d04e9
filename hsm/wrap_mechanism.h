// SPDX-License-Identifier: Apache-2.0
// The mechanisms a key may be wrapped with, by the names the configuration and the database use.
#pragma once

#include "hsm/cryptoki.h"
#include "hsm/secret.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace hsm {

struct WrapMechanism {
  std::string_view name;
  CK_MECHANISM_TYPE type;
  std::size_t iv_octets;    // of the blob's beginning, handed to the mechanism as its IV
  std::size_t blob_octets;  // of a wrapped 128-bit key with its IV; 0: depends on the token
  bool fixes_length;        // no AES key but one of 128 bits fits into that, and an altered blob does not unwrap
};

const WrapMechanism* find_wrap_mechanism(std::string_view name) noexcept;  // null for a name that is not in the table
// Throws Error{config} for a name that is not in the table.
const WrapMechanism& wrap_mechanism(std::string_view name);

// A mechanism ready for the call, with the blob it applies to taken apart. Points into `blob`.
struct WrapCall {
  WrapCall(const WrapMechanism& mechanism, Bytes blob);
  CK_MECHANISM mechanism;
  Bytes body;
};

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// Keys as values, before they are in a token: check values and components.
#pragma once

#include "hsm/error.h"
#include "hsm/secret.h"

#include <array>
#include <cstdint>
#include <span>

namespace hsm {

// Key check value: the first octets of the encryption of zeros. Tells keys apart, tells nothing about them.
using CheckValue = std::array<std::uint8_t, 3>;
CheckValue check_value(const HeapSecret& aes_key);

// A custodian's share of a key.
struct Component {
  HeapSecret value;
  CheckValue check_value{};
};
// XOR of all components. Throws Error{config} that names the component which does not have its check value, or whose
// size is not that of the first.
HeapSecret combine(std::span<const Component> components);

}  // namespace hsm

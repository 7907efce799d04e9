// SPDX-License-Identifier: Apache-2.0
// What a KEK must be able to open for a token to be accepted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hsm {

// A probe key wrapped at initialisation and the first octets of what it encrypts zeros to. Kept in the database; a
// token with another KEK under the same id is refused.
struct KekCheck {
  std::uint16_t kek_id = 0;
  std::string wrap_mechanism;
  std::vector<std::uint8_t> probe;        // wrapped probe key
  std::vector<std::uint8_t> check_value;  // 3 octets of E_probe(0)
};

}  // namespace hsm

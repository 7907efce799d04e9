// SPDX-License-Identifier: Apache-2.0
// What a request came on, and how much of it there was.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hss::app {

struct Wire {
  std::uint64_t connection = 0;  // one peer's, until it ends
  std::size_t octets = 0;        // of the message
};

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// How much work something that waits is.
#pragma once

#include <cstddef>

namespace hss::app {

// In units of a request for one row; to be specialised where items differ.
template <typename Item>
struct Weight {
  static constexpr std::size_t of(const Item& /*item*/) noexcept { return 1; }
};

}  // namespace hss::app

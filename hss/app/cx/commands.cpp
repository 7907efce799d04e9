// SPDX-License-Identifier: Apache-2.0
// How much work a Server-Assignment is.
#include "hss/app/cx/commands.h"

#include <algorithm>

namespace hss::app {

std::size_t ServerAssignment::weight(const Request& request) noexcept {
  const std::size_t contacts = request.restoration ? request.restoration->contacts.size() : 0;
  return std::max<std::size_t>(request.impus.size(), 1) + contacts;
}

}  // namespace hss::app

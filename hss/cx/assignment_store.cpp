// SPDX-License-Identifier: Apache-2.0
// What a store has to know of a Server-Assignment-Request to read its rows.
#include "hss/cx/assignment_store.h"

#include "hss/cx/server_assignment/checks.h"

namespace hss {

std::string asked_of(const ServerAssignmentRequest& request) {
  std::string out =
      std::to_string(static_cast<unsigned>(request.type)) + '\n' + request.server_name + '\n' + request.impi;
  for (const std::string& impu : request.impus) {
    out += '\n' + impu;
  }
  if (request.wildcard) {
    out += "\nwildcard " + *request.wildcard;
  }
  return out;
}

std::optional<std::string_view> wildcard_of(const ServerAssignmentRequest& request) {
  return request.wildcard && fits_wildcard(request.type) ? std::optional<std::string_view>(*request.wildcard)
                                                         : std::nullopt;
}

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// The parameters by which a batch of Server-Assignments names its subscriptions.
#include "hss/pg/cx/assignment_subscriptions.h"

#include <optional>
#include <string_view>
#include <vector>

namespace hss::pg {

Command subscriptions_command(const Statement* statement, AssignmentRequests requests) {
  std::vector<std::string_view> impis;
  std::vector<std::string_view> impus;
  std::vector<std::optional<std::string_view>> wildcards;  // as many as impus
  for (const ServerAssignmentRequest* request : requests) {
    if (request->impi.empty()) {
      impus.insert(impus.end(), request->impus.begin(), request->impus.end());
      wildcards.resize(impus.size(), wildcard_of(*request));
    } else {
      impis.push_back(request->impi);
    }
  }
  Command out{statement, {}};
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(impus));
  out.params.add(std::span<const std::optional<std::string_view>>(wildcards));
  return out;
}

}  // namespace hss::pg

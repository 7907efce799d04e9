// SPDX-License-Identifier: Apache-2.0
// Tells the operator of an S-CSCF that gives itself two names.
#pragma once

#include "hsm/base/log.h"
#include "hss/command.h"
#include "hss/text_forms.h"

#include <optional>
#include <string>
#include <string_view>

namespace hss::app {

// `assigned`: as other_name_of_host found it; nothing: all is well.
template <typename Request>
void report_two_names(Command command, const Request& request, const std::optional<std::string>& assigned) {
  if (!assigned) {
    return;
  }
  base::log(
      base::event("server_names_differ"), request.requester.host,
      "command={} peer=\"{}\" assigned=\"{}\" asked=\"{}\" hint=\"to the HSS these are two S-CSCFs; if it is one, "
      "give it the same Server-Name for MAR and SAR (docs/peers.md)\"",
      word_of(command), log_text(request.requester.host), log_text(*assigned), log_text(request.server_name));
}

}  // namespace hss::app

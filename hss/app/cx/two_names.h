// SPDX-License-Identifier: Apache-2.0
// Tells the operator of an S-CSCF that gives itself two names.
#pragma once

#include "hsm/base/log_limit.h"
#include "hss/command.h"
#include "hss/text_forms.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <string_view>

namespace hss::app {

// `assigned`: as other_name_of_host found it; nothing: all is well.
template <typename Request>
void report_two_names(base::LogLimit& limit, Command command, const Request& request,
                      const std::optional<std::string>& assigned) {
  if (!assigned) {
    return;
  }
  if (const auto held_back = limit.pass(request.requester.host)) {
    spdlog::warn(
        "server_names_differ command={} peer=\"{}\" assigned=\"{}\" asked=\"{}\" hint=\"to the HSS these are two "
        "S-CSCFs; "
        "if it is one, give it the same Server-Name for MAR and SAR (docs/peers.md)\" held_back={}",
        word_of(command), log_text(request.requester.host), log_text(*assigned), log_text(request.server_name),
        *held_back);
  }
}

}  // namespace hss::app

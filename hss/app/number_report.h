// SPDX-License-Identifier: Apache-2.0
// Tells operators what became of sequence numbers where somebody may have to act, whichever interface asked.
#pragma once

#include "hss/issue.h"

#include <string_view>

namespace hss::app {

// What a request met at a credential.
struct NumberNews {
  std::string_view credential;  // empty: none was found, or none was asked for
  bool has_numbers = false;     // false, with a credential: it has no fingerprint
  bool over_budget = false;
  bool is_at_ceiling = false;
  ResyncNote resync = ResyncNote::unused;
};

// A line of log, or none. What a peer can make happen to any card is limited by peer, what lies in the credential by
// credential.
void report_numbers(std::string_view host, const NumberNews& news);

}  // namespace hss::app

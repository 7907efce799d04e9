// SPDX-License-Identifier: Apache-2.0
// Tells operators what became of sequence numbers where somebody may have to act, whichever interface asked.
#pragma once

#include "hsm/base/log_limit.h"
#include "hss/issue.h"

#include <string>
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

// One thread at a time. What a peer can make happen to any card is counted by peer, what lies in the credential by
// credential.
class NumberReport {
 public:
  void tell(const std::string& host, const NumberNews& news);

 private:
  base::LogLimit limit_;
};

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// Realms that this server answers for besides its own (configuration: diameter.realms).
#pragma once

#include <string>
#include <vector>

namespace diameter_ext {

// Tells freeDiameter, which passes on the requests for these and answers 3003 to those for any other. Without our
// patches it serves its own realm only: that is a warning. Compared without regard to case (RFC 6733 4.3.1:
// DiameterIdentity).
void serve_realms(std::vector<std::string> realms);
void serve_own_realm_only() noexcept;

}  // namespace diameter_ext

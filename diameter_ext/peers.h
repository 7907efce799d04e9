// SPDX-License-Identifier: Apache-2.0
// Where the server listens and which peers it accepts.
#pragma once

#include "hss/app/permits.h"

#include <string>

namespace diameter_ext {

// Adds the configured addresses to freeDiameter's endpoints (its own ListenOn drops loopback) and refuses, by throwing
// hss::app::ConfigError, to offer plain Diameter on any other address unless the configuration says insecure.
void prepare_listening(const hss::app::DiameterConfig& config);

// Registers the acceptance of peers: hosts that a permit names, over TLS with a certificate of that name; once per
// process. The permits must outlive freeDiameter's peers. Peers that
// freeDiameter's own configuration names (ConnectPeer) are connected without being asked about here; their requests are
// judged like all others. Throws FdError.
void accept_peers(const hss::app::DiameterConfig& config, const hss::app::Permits& permits);

// The realm that freeDiameter is configured with.
[[nodiscard]] std::string own_realm();

}  // namespace diameter_ext

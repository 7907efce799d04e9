// SPDX-License-Identifier: Apache-2.0
// Whether freeDiameter will be able to listen, asked before anything else is started.
#pragma once

namespace diameter_ext {

// Binds every address and port that freeDiameter will listen on, and lets go of it again. freeDiameter itself binds
// after all extensions have started, and does not say which address it was. Throws ConfigError with address, port and
// remedy.
void check_ports();

}  // namespace diameter_ext

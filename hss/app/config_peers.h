// SPDX-License-Identifier: Apache-2.0
// The configuration's tables of peers, apart from the other keys for their size.
#pragma once

#include "hss/app/config_keys.h"

namespace hss::app {

// diameter.peer: an array of tables.
ConfigValue peers_value();

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// The tables [[diameter.permit]] of the configuration: who may ask what.
#pragma once

#include "hss/app/config_keys.h"

#include <string>

namespace hss::app {

// What is wrong with a pattern of host or realm names ("*.ims.example"); empty: nothing.
std::string pattern_fault(const std::string& pattern);

ConfigValue permits_value();

}  // namespace hss::app

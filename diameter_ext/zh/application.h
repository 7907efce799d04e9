// SPDX-License-Identifier: Apache-2.0
// Zh, between a BSF and the HSS (TS 29.109).
#pragma once

#include "diameter_ext/application.h"

namespace diameter_ext::zh {

extern const Application application;

}  // namespace diameter_ext::zh

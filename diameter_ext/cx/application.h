// SPDX-License-Identifier: Apache-2.0
// Cx, between CSCFs and the HSS (TS 29.229).
#pragma once

#include "diameter_ext/application.h"

namespace diameter_ext::cx {

extern const Application application;

}  // namespace diameter_ext::cx

// SPDX-License-Identifier: Apache-2.0
// The table of applications that this server answers; adding one is a line in applications.cpp.
#pragma once

#include "diameter_ext/application.h"

#include <span>

namespace diameter_ext {

[[nodiscard]] std::span<const Application* const> applications() noexcept;

}  // namespace diameter_ext

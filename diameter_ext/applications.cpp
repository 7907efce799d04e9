// SPDX-License-Identifier: Apache-2.0
// One line an application.
#include "diameter_ext/applications.h"

#include "diameter_ext/cx/application.h"
#include "diameter_ext/zh/application.h"

#include <array>

namespace diameter_ext {

std::span<const Application* const> applications() noexcept {
  static constexpr std::array all{&cx::application, &zh::application};
  return all;
}

}  // namespace diameter_ext

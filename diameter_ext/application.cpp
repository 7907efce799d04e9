// SPDX-License-Identifier: Apache-2.0
// Looking up rows.
#include "diameter_ext/application.h"

#include <algorithm>

namespace diameter_ext {

const CommandRow* find_command(const Application& application, std::uint32_t code) noexcept {
  const auto row = std::ranges::find(application.commands, code, &CommandRow::code);
  return row == application.commands.end() ? nullptr : &*row;
}

const Application* find_application(std::span<const Application* const> among, std::uint32_t id) noexcept {
  const auto row = std::ranges::find(among, id, &Application::id);
  return row == among.end() ? nullptr : *row;
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// The command of Zh as a type (hss/app/cx/commands.h tells what a command has).
#pragma once

#include "hss/command.h"
#include "hss/issue.h"
#include "hss/zh/messages.h"

#include <optional>
#include <string>
#include <vector>

namespace hss::app {

struct ZhMultimediaAuth {
  using Request = zh::MultimediaAuthRequest;
  using Answer = zh::MultimediaAuthAnswer;
  static constexpr Command command = hss::command("Zh", "MAR");

  struct State {
    std::optional<std::vector<std::string>> impis_of_impu;  // of a request that names a public identity alone
    std::optional<CheckedAuts> checked;                     // what the token said of its AUTS
  };
  static bool needs_token(const Request& /*request*/) noexcept { return true; }
};

}  // namespace hss::app

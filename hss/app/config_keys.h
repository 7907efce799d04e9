// SPDX-License-Identifier: Apache-2.0
// The table of configuration keys: what each is called, which values it takes, its default and its explanation.
#pragma once

#include "hss/app/config.h"

#include <toml++/toml.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app {

// A sentence that says what is wrong with a value, without quoting what may be confidential.
using ValueFault = std::optional<std::string>;

struct ConfigValue {
  std::string allowed;   // for people: "integer 1..256"
  std::string standard;  // the default as TOML text; empty when there is none to show
  std::function<ValueFault(const toml::node&, Config&)> read;
};

struct ConfigKey {
  std::string_view table;  // "sqn.ranges"
  std::string_view name;
  bool required;
  ConfigValue value;
  std::string_view doc;
};

// In the order in which people should read them; keys of one table stand together.
const std::vector<ConfigKey>& config_keys();

}  // namespace hss::app

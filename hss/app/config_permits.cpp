// SPDX-License-Identifier: Apache-2.0
// Reads the tables of permits.
#include "hss/app/config_permits.h"

#include "hss/app/config_values.h"

#include <algorithm>
#include <functional>

namespace hss::app {
namespace {

// A wildcard stands for whole labels: "*home.net" would let evilhome.net in.
std::string wildcard_fault(const std::string& pattern) {
  const bool whole = pattern == "*" || pattern.rfind('*') == std::string::npos ||
                     (pattern.rfind('*') == 0 && pattern.starts_with("*.") && pattern.size() > 2);
  return whole ? "" : in_quotes(pattern) + " has a * that is not the whole first label";
}

std::string set_commands(const std::vector<std::string>& names, Permit& permit) {
  permit.commands.fill(false);
  for (const auto& name : names) {
    const auto found = commands_named(name);
    if (!found) return "commands: " + in_quotes(name) + " is not known";
    std::ranges::transform(permit.commands, *found, permit.commands.begin(), std::logical_or<>());
  }
  return names.empty() ? "commands: is empty" : "";
}

std::string set_realms(const std::vector<std::string>& realms, Permit& permit) {
  permit.realms = realms;
  return realms.empty() ? "realms: is empty" : "";
}

// One entry of a [[diameter.permit]]; empty: no fault.
std::string read_permit_entry(std::string_view name, const toml::node& node, Permit& permit) {
  if (name == "peer") {
    permit.peer = node.value_exact<std::string>().value_or("");
    const std::string fault = name_fault(permit.peer).empty() ? wildcard_fault(permit.peer) : "is not a name";
    return fault.empty() ? "" : "peer: " + fault;
  }
  if (name != "commands" && name != "realms") return std::string(name) + ": unknown, allowed is peer, commands, realms";
  std::vector<std::string> elements;
  const bool are_commands = name == "commands";
  if (const auto fault = read_elements(node, are_commands ? name_fault : pattern_fault, elements); !fault.empty()) {
    return std::string(name) + ": " + fault;
  }
  return are_commands ? set_commands(elements, permit) : set_realms(elements, permit);
}

std::string read_permit(const toml::table& table, Permit& permit) {
  for (const auto& [key, node] : table) {
    if (const auto fault = read_permit_entry(key.str(), node, permit); !fault.empty()) {
      return fault + " (line " + std::to_string(node.source().begin.line) + ")";
    }
  }
  return table.contains("peer") ? "" : "peer: missing (line " + std::to_string(table.source().begin.line) + ")";
}

}  // namespace

std::string pattern_fault(const std::string& pattern) {
  const std::string fault = name_fault(pattern);
  return fault.empty() ? wildcard_fault(pattern) : fault;
}

ConfigValue permits_value() {
  return tables<Permit>([](Config& config) -> std::vector<Permit>& { return config.diameter.permits; },
                        "tables [[diameter.permit]] of peer, commands (" + all_words() + "), realms; * for any labels",
                        read_permit);
}

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// The kinds of values that rows of the table of configuration keys are made of.
#pragma once

#include "hss/app/config_keys.h"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hss::app {

// Where a value goes.
template <typename Value>
using Field = Value& (*)(Config&);

// What the structs themselves give to their fields, so that a default is written down once.
const Config& standard();

template <typename Value>
Value standard_of(Field<Value> at) {
  Config config = standard();
  return at(config);
}

std::string in_quotes(std::string_view text);

template <typename Value>
std::uint64_t count_of(const Value& value) {
  if constexpr (std::integral<Value>)
    return static_cast<std::uint64_t>(value);
  else
    return static_cast<std::uint64_t>(value.count());
}

template <typename Value>
void set_count(Value& field, std::uint64_t count) {
  if constexpr (std::integral<Value>)
    field = static_cast<Value>(count);
  else
    field = Value{static_cast<typename Value::rep>(count)};
}

template <typename Value>
ConfigValue number(Field<Value> at, std::uint64_t low, std::uint64_t high) {
  const std::string range = std::to_string(low) + ".." + std::to_string(high);
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return "is not an integer";
    if (*value < 0 || static_cast<std::uint64_t>(*value) < low || static_cast<std::uint64_t>(*value) > high) {
      return std::to_string(*value) + " is out of range";
    }
    set_count(at(config), static_cast<std::uint64_t>(*value));
    return std::nullopt;
  };
  return {"integer " + range, std::to_string(count_of(standard_of(at))), read};
}

ConfigValue flag(Field<bool> at);

enum class Empty : std::uint8_t { refused, allowed };
ConfigValue text(Field<std::string> at, std::string_view what, Empty empty = Empty::refused);
ConfigValue path(Field<std::filesystem::path> at, std::string_view what, Empty empty = Empty::refused);
ConfigValue name_space(Field<std::string> at);  // what an attribute of XML can hold

// One word of a fixed list; `of` turns the word into the field's value, which then exists.
template <typename Value>
ConfigValue choice(Field<Value> at, std::vector<std::string_view> words, std::string_view shown,
                   Value (*of)(std::string_view)) {
  std::string allowed = "one of ";
  for (const auto word : words) allowed += (word == words.front() ? "" : ", ") + in_quotes(word);
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    const auto value = node.value_exact<std::string>();
    if (!value) return "is not a string";
    if (std::ranges::find(words, *value) == words.end()) return in_quotes(*value) + " is not known";
    at(config) = of(*value);
    return std::nullopt;
  };
  return {allowed, in_quotes(shown), read};
}

using ElementFault = std::string (*)(const std::string&);  // empty: none
std::string name_fault(const std::string& name);
std::string realm_fault(
    const std::string& realm);  // a DiameterIdentity (RFC 6733 4.3.1), of which none stands for others
std::string address_fault(const std::string& address);

// Fills `out`; what is returned says what is wrong, empty: nothing.
std::string read_elements(const toml::node& node, ElementFault fault_in, std::vector<std::string>& out);
ConfigValue list(Field<std::vector<std::string>> at, std::string_view what, ElementFault fault_in);

// An array of tables, each read into a row of its own; `read_row` says what is wrong, empty: nothing.
template <typename Row>
ConfigValue tables(Field<std::vector<Row>> at, std::string allowed, std::string (*read_row)(const toml::table&, Row&)) {
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    const auto* array = node.as_array();
    if (array == nullptr) return "is not an array of tables";
    for (const auto& element : *array) {
      if (!element.is_table()) return "is not an array of tables";
      const auto fault = read_row(*element.as_table(), at(config).emplace_back());
      if (!fault.empty()) return fault;
    }
    return std::nullopt;
  };
  return {std::move(allowed), "[]", read};
}

ConfigValue index_range(auc::Domain domain);
ConfigValue amf(auc::Domain domain);

}  // namespace hss::app

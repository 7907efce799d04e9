// SPDX-License-Identifier: Apache-2.0
// Reads command lines of the form "--name value" against a table that also makes the help text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Option {
  std::string_view name;   // with its dashes
  std::string_view value;  // what stands for the value in the help text; empty for a flag
  std::string_view help;
  std::function<void(std::string_view)> set;
};

// Returns what is no option. Throws UsageError; prints the help text and exits on --help.
std::vector<std::string> parse_options(std::span<char* const> arguments, std::string_view purpose,
                                       std::span<const Option> options);

// Setters for the table; the numeric ones throw UsageError on anything but a whole number in range.
std::function<void(std::string_view)> into(std::string& target);
std::function<void(std::string_view)> into(std::uint64_t& target, std::uint64_t least, std::uint64_t most);
std::function<void(std::string_view)> into(double& target);
std::function<void(std::string_view)> raise(bool& target);

std::uint64_t parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

}  // namespace bench

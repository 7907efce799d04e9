// SPDX-License-Identifier: Apache-2.0
// Walks the option table of a program over its command line.
#include "options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

void print_help(std::string_view program, std::string_view purpose, std::span<const Option> options) {
  std::printf("%.*s: %.*s\n", static_cast<int>(program.size()), program.data(), static_cast<int>(purpose.size()),
              purpose.data());
  for (const auto& option : options) {
    const std::string left = std::string(option.name) + " " + std::string(option.value);
    std::printf("  %-24s %.*s\n", left.c_str(), static_cast<int>(option.help.size()), option.help.data());
  }
}

const Option& find_option(std::string_view name, std::span<const Option> options) {
  const auto found = std::ranges::find(options, name, &Option::name);
  if (found == options.end()) throw UsageError("unknown option " + std::string(name));
  return *found;
}

}  // namespace

std::vector<std::string> parse_options(std::span<char* const> arguments, std::string_view purpose,
                                       std::span<const Option> options) {
  std::vector<std::string> rest;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--help") {
      print_help(arguments[0], purpose, options);
      std::exit(0);
    }
    if (!word.starts_with("--")) {
      rest.emplace_back(word);
      continue;
    }
    const Option& option = find_option(word, options);
    if (option.value.empty()) {
      option.set({});
      continue;
    }
    if (++i == arguments.size()) throw UsageError(std::string(word) + " needs a value");
    option.set(arguments[i]);
  }
  return rest;
}

std::uint64_t parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    throw UsageError("'" + std::string(text) + "' is not a number from " + std::to_string(least) + " to " +
                     std::to_string(most));
  }
  return number;
}

std::function<void(std::string_view)> into(std::string& target) {
  return [&target](std::string_view text) { target = text; };
}

std::function<void(std::string_view)> into(std::uint64_t& target, std::uint64_t least, std::uint64_t most) {
  return [&target, least, most](std::string_view text) { target = parse_number(text, least, most); };
}

std::function<void(std::string_view)> into(double& target) {
  return [&target](std::string_view text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
    if (error != std::errc{} || end != text.data() + text.size() || target < 0) {
      throw UsageError("'" + std::string(text) + "' is not a positive number");
    }
  };
}

std::function<void(std::string_view)> raise(bool& target) {
  return [&target](std::string_view) { target = true; };
}

}  // namespace bench

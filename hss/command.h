// SPDX-License-Identifier: Apache-2.0
// The one table of applications and their commands, names only; whatever exists once a command is an array by it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hss {

struct CommandName {
  std::string_view application;
  std::string_view name;  // of the request
};

// The requests that this HSS answers (Cx: TS 29.229 6.1; Zh: TS 29.109 4.2), those of one application together.
inline constexpr std::array command_names{CommandName{"Cx", "UAR"}, CommandName{"Cx", "SAR"}, CommandName{"Cx", "LIR"},
                                          CommandName{"Cx", "MAR"}, CommandName{"Zh", "MAR"}};
inline constexpr std::size_t command_count = command_names.size();

// A row of the table.
enum class Command : std::uint8_t {};

constexpr std::size_t index_of(Command command) noexcept { return static_cast<std::size_t>(command); }
constexpr const CommandName& name_of(Command command) noexcept { return command_names[index_of(command)]; }

constexpr std::optional<Command> find_command(std::string_view application, std::string_view name) noexcept {
  for (std::size_t i = 0; i < command_count; ++i) {
    if (command_names[i].application == application && command_names[i].name == name) {
      return static_cast<Command>(i);
    }
  }
  return std::nullopt;
}

// A name without a row does not compile.
consteval Command command(std::string_view application, std::string_view name) {
  return find_command(application, name).value();
}

// What is written without its application means this one: it was the only one once.
inline constexpr std::string_view first_application = "Cx";

using CommandSet = std::array<bool, command_count>;  // by Command

constexpr CommandSet commands_of(std::string_view application) noexcept {
  CommandSet out{};
  for (std::size_t i = 0; i < command_count; ++i) {
    out[i] = command_names[i].application == application;
  }
  return out;
}

// What "Cx:UAR", "Cx:*" or, of Cx alone, "UAR" stands for; nothing: for no command.
std::optional<CommandSet> commands_named(std::string_view words);

// How log lines and messages call it: "UAR", and with its application where that is not Cx.
std::string word_of(Command command);
std::string answer_word_of(Command command);  // its answer, as the name of a number: "uaa", "zh_maa"
std::string all_words();                      // "UAR, SAR, LIR, MAR, Zh:MAR"

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// Commands as people write them.
#include "hss/command.h"

#include <algorithm>
#include <cctype>
#include <functional>

namespace hss {

std::optional<CommandSet> commands_named(std::string_view words) {
  const auto colon = words.find(':');
  const bool is_bare = colon == std::string_view::npos;
  const std::string_view application = is_bare ? first_application : words.substr(0, colon);
  const std::string_view name = is_bare ? words : words.substr(colon + 1);
  CommandSet out{};
  if (name == "*" && !is_bare) {
    out = commands_of(application);
  } else if (const auto one = find_command(application, name)) {
    out[index_of(*one)] = true;
  }
  return std::ranges::any_of(out, std::identity()) ? std::optional(out) : std::nullopt;
}

std::string word_of(Command command) {
  const auto& [application, name] = name_of(command);
  return application == first_application ? std::string(name) : std::string(application) + ":" + std::string(name);
}

std::string answer_word_of(Command command) {
  std::string word = word_of(command);
  word.back() = 'A';
  for (char& c : word) {
    c = c == ':' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

std::string all_words() {
  std::string out;
  for (std::size_t i = 0; i < command_count; ++i) {
    out += (i == 0 ? "" : ", ") + word_of(static_cast<Command>(i));
  }
  return out;
}

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// Commands are known by their names, and of Cx alone without its name.
#include "hss/command.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hss {
namespace {

TEST(Command, has_the_name_it_was_found_by) {
  for (std::size_t i = 0; i < command_count; ++i) {
    const auto& [application, name] = name_of(static_cast<Command>(i));
    EXPECT_EQ(find_command(application, name), static_cast<Command>(i)) << "is there twice";
  }
  EXPECT_EQ(find_command("Cx", "UDR"), std::nullopt);
  EXPECT_EQ(find_command("Xx", "UAR"), std::nullopt);
}

TEST(Command, is_written_with_its_application_or_of_cx_bare) {
  CommandSet uar{};
  uar[index_of(command("Cx", "UAR"))] = true;
  EXPECT_EQ(commands_named("UAR"), uar);
  EXPECT_EQ(commands_named("Cx:UAR"), uar);
  EXPECT_EQ(commands_named("Cx:*"), commands_of("Cx"));
  for (const auto* words : {"*", "", ":", "Cx", "Cx:", "Cx:UDR", "Xx:*", "Xx:UAR", ":UAR", "uar", "Cx:Cx:UAR"}) {
    EXPECT_EQ(commands_named(words), std::nullopt) << words;
  }
}

TEST(Command, of_cx_is_called_by_its_bare_name) {
  EXPECT_EQ(word_of(command("Cx", "LIR")), "LIR");
  EXPECT_EQ(answer_word_of(command("Cx", "LIR")), "lia");
  EXPECT_EQ(all_words().substr(0, 18), "UAR, SAR, LIR, MAR");
}

TEST(Command, of_every_application_are_its_own) {
  const CommandSet cx = commands_of("Cx");
  EXPECT_EQ(std::ranges::count(cx, true), 4);
  EXPECT_TRUE(cx[index_of(command("Cx", "MAR"))]);
  EXPECT_EQ(commands_of("Xx"), CommandSet{});
}

}  // namespace
}  // namespace hss

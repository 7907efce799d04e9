// SPDX-License-Identifier: Apache-2.0
// Who may connect and ask what.
#include "hss/app/permits.h"

#include <gtest/gtest.h>

namespace hss::app {
namespace {

constexpr auto uar = command("Cx", "UAR");
constexpr auto sar = command("Cx", "SAR");
constexpr auto mar = command("Cx", "MAR");

Permit permit(std::string peer, std::vector<Command> commands = {}, std::vector<std::string> realms = {}) {
  Permit out;
  out.peer = std::move(peer);
  out.realms = std::move(realms);
  if (!commands.empty()) {
    out.commands.fill(false);
  }
  for (const Command one : commands) {
    out.commands[index_of(one)] = true;
  }
  return out;
}

Permits permits(std::vector<Permit> rows, std::vector<std::string> agents = {}) {
  DiameterConfig config;
  config.permits = std::move(rows);
  config.agents = std::move(agents);
  return {config, "home.net"};
}

TEST(Patterns, match_whole_labels_without_regard_to_case) {
  EXPECT_TRUE(matches("icscf.home.net", "ICSCF.Home.Net"));
  EXPECT_FALSE(matches("icscf.home.net", "x.icscf.home.net"));
  EXPECT_TRUE(matches("*.home.net", "a.b.HOME.net"));
  EXPECT_FALSE(matches("*.home.net", "home.net"));
  EXPECT_FALSE(matches("*.home.net", "a.evilhome.net"));
  EXPECT_FALSE(matches("*.home.net", "a.home.net.evil.org"));
  EXPECT_TRUE(matches("*", "anybody"));
  EXPECT_FALSE(matches("*", ""));
}

TEST(Permits, are_by_default_for_the_own_realm) {
  const Permits standard = permits({});
  EXPECT_TRUE(standard.may_connect("a.home.net"));
  EXPECT_FALSE(standard.may_connect("a.other.net"));
  EXPECT_STREQ(standard.refusal("a.home.net", {"a.home.net", "other.net"}, mar), "not in diameter.permit");
}

// An upgrade that brings an application must not hand it out: what was permitted stays what it was.
TEST(Permits, are_of_cx_alone_where_no_commands_are_named) {
  for (const Permits& some : {permits({}), permits({permit("*.home.net")})}) {
    for (std::size_t i = 0; i < command_count; ++i) {
      const auto one = static_cast<Command>(i);
      const bool is_permitted = some.refusal("a.home.net", {"a.home.net", "home.net"}, one) == nullptr;
      EXPECT_EQ(is_permitted, name_of(one).application == "Cx") << word_of(one);
    }
    EXPECT_TRUE(some.offers("Cx"));
    EXPECT_FALSE(some.offers("Xx"));
  }
}

TEST(Permits, offer_an_application_as_soon_as_one_row_names_a_command_of_it) {
  Permit nothing = permit("a.home.net");
  nothing.commands.fill(false);
  EXPECT_FALSE(permits({nothing}).offers("Cx"));
  EXPECT_TRUE(permits({nothing, permit("b.home.net", {mar})}).offers("Cx"));
}

TEST(Permits, name_commands_and_realms) {
  const Permits some =
      permits({permit("icscf.home.net", {uar}), permit("*.home.net", {mar, sar}, {"home.net", "*.home.net"})});
  EXPECT_TRUE(some.may_connect("scscf.home.net"));
  EXPECT_EQ(some.refusal("icscf.home.net", {"icscf.home.net", "home.net"}, uar), nullptr);
  EXPECT_EQ(some.refusal("icscf.home.net", {"icscf.home.net", "home.net"}, mar), nullptr);  // rows add up
  EXPECT_EQ(some.refusal("scscf.home.net", {"SCSCF.home.net", "ims.home.net"}, sar), nullptr);
  EXPECT_STREQ(some.refusal("scscf.home.net", {"scscf.home.net", "home.net"}, uar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("scscf.home.net", {"scscf.home.net", "evil.net"}, sar), "not in diameter.permit");
}

TEST(Permits, let_only_agents_speak_for_others) {
  const Permits some = permits({permit("*.home.net")}, {"agent.transit.net"});
  EXPECT_TRUE(some.may_connect("agent.transit.net"));
  EXPECT_FALSE(some.may_connect("other.transit.net"));
  EXPECT_EQ(some.refusal("agent.transit.net", {"scscf.home.net", "home.net"}, mar), nullptr);
  EXPECT_STREQ(some.refusal("agent.transit.net", {"agent.transit.net", "transit.net"}, mar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("agent.transit.net", {"scscf.home.net", "transit.net"}, mar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("icscf.home.net", {"scscf.home.net", "home.net"}, mar), "speaks for another host");
}

}  // namespace
}  // namespace hss::app

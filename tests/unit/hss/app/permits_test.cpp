// SPDX-License-Identifier: Apache-2.0
// Who may connect and ask what.
#include "hss/app/permits.h"

#include <gtest/gtest.h>

namespace hss::app {
namespace {

constexpr auto uar = Command::user_authorization;
constexpr auto sar = Command::server_assignment;
constexpr auto mar = Command::multimedia_auth;

Permit permit(std::string peer, std::vector<Command> commands = {}, std::vector<std::string> realms = {}) {
  Permit out;
  out.peer = std::move(peer);
  out.realms = std::move(realms);
  if (!commands.empty()) {
    out.commands.fill(false);
  }
  for (const Command command : commands) {
    out.commands[static_cast<std::size_t>(command)] = true;
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

TEST(Permits, are_by_default_for_the_own_realm_and_everything) {
  const Permits standard = permits({});
  EXPECT_TRUE(standard.accepts("a.home.net"));
  EXPECT_FALSE(standard.accepts("a.other.net"));
  for (const Command command : {uar, sar, Command::location_info, mar}) {
    EXPECT_EQ(standard.refusal("a.home.net", {"a.home.net", "home.net"}, command), nullptr);
  }
  EXPECT_STREQ(standard.refusal("a.home.net", {"a.home.net", "other.net"}, mar), "not in diameter.permit");
}

TEST(Permits, name_commands_and_realms) {
  const Permits some =
      permits({permit("icscf.home.net", {uar}), permit("*.home.net", {mar, sar}, {"home.net", "*.home.net"})});
  EXPECT_TRUE(some.accepts("scscf.home.net"));
  EXPECT_EQ(some.refusal("icscf.home.net", {"icscf.home.net", "home.net"}, uar), nullptr);
  EXPECT_EQ(some.refusal("icscf.home.net", {"icscf.home.net", "home.net"}, mar), nullptr);  // rows add up
  EXPECT_EQ(some.refusal("scscf.home.net", {"SCSCF.home.net", "ims.home.net"}, sar), nullptr);
  EXPECT_STREQ(some.refusal("scscf.home.net", {"scscf.home.net", "home.net"}, uar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("scscf.home.net", {"scscf.home.net", "evil.net"}, sar), "not in diameter.permit");
}

TEST(Permits, let_only_agents_speak_for_others) {
  const Permits some = permits({permit("*.home.net")}, {"agent.transit.net"});
  EXPECT_TRUE(some.accepts("agent.transit.net"));
  EXPECT_FALSE(some.accepts("other.transit.net"));
  EXPECT_EQ(some.refusal("agent.transit.net", {"scscf.home.net", "home.net"}, mar), nullptr);
  EXPECT_STREQ(some.refusal("agent.transit.net", {"agent.transit.net", "transit.net"}, mar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("agent.transit.net", {"scscf.home.net", "transit.net"}, mar), "not in diameter.permit");
  EXPECT_STREQ(some.refusal("icscf.home.net", {"scscf.home.net", "home.net"}, mar), "speaks for another host");
}

}  // namespace
}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// The document of user security settings: what it says, in which order, and what it leaves out (TS 29.109 Annex A).
#include "hss/zh/guss.h"
#include "tests/support/sample_guss.h"

#include <gtest/gtest.h>

namespace {

using hss::zh::render_guss;
using hss::zh::UserSecuritySettings;

constexpr std::string_view name_space = "guss-schema-of-3gpp-gaa";
constexpr std::string_view declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

std::string rendered(const std::string& sample) { return render_guss(support::sample_guss().at(sample), name_space); }

std::string guss(std::string_view inside) {
  return std::string(declaration) + R"(<guss xmlns="guss-schema-of-3gpp-gaa" id="alice@home.example.net">)" +
         std::string(inside) + "</guss>";
}

TEST(Guss, what_is_not_said_is_left_out) { EXPECT_EQ(rendered("bare"), guss("<ussList/>")); }

TEST(Guss, each_half_of_the_information_for_the_bsf_stands_alone) {
  EXPECT_EQ(rendered("lifetime"), guss("<bsfInfo><lifeTime>86400</lifeTime></bsfInfo><ussList/>"));
  EXPECT_EQ(rendered("card").find("<lifeTime>"), std::string::npos);
  EXPECT_NE(rendered("card").find("<bsfInfo><uiccType>GBA_U</uiccType></bsfInfo>"), std::string::npos);
}

TEST(Guss, settings_and_their_identities_keep_their_order) {
  EXPECT_EQ(
      rendered("usual"),
      guss("<bsfInfo><uiccType>GBA</uiccType><lifeTime>3600</lifeTime></bsfInfo>"
           R"(<ussList><uss id="1" type="1"><uids><uid>sip:alice@home.example.net</uid></uids>)"
           "<flags><flag>1</flag><flag>2</flag></flags></uss>"
           R"(<uss id="2" type="2" nafGroup="ut"><uids><uid>tel:+12025550101</uid>)"
           "<uid>sip:alice@home.example.net</uid><uid>sip:a@home.example.net</uid></uids><flags/></uss></ussList>"));
}

TEST(Guss, special_characters_are_escaped) {
  const auto document = rendered("hard");
  EXPECT_NE(document.find(R"(id="o'neil&amp;co@home.example.net")"), std::string::npos) << document;
  EXPECT_NE(document.find(R"(nafGroup="&lt;&amp;&quot;'>")"), std::string::npos) << document;
  EXPECT_NE(document.find("<uid>Zoë &lt;&amp;\"'&gt; 😀</uid><uid> </uid>"), std::string::npos) << document;
}

TEST(Guss, the_name_space_is_the_operators) {
  const UserSecuritySettings settings{"a@x", {}, {}, {}};
  EXPECT_EQ(render_guss(settings, "a&b"),
            std::string(declaration) + R"(<guss xmlns="a&amp;b" id="a@x"><ussList/></guss>)");
  EXPECT_EQ(render_guss(settings, ""), std::string(declaration) + R"(<guss id="a@x"><ussList/></guss>)");
}

// The schema counts at most as many octets as there are.
TEST(Guss, the_longest_settings_fit_into_an_answer) {
  const auto document = render_guss(support::longest_guss(), std::string(255, '&'));
  EXPECT_LE(document.size(), 49152U);
  EXPECT_GT(document.size(), 40000U);
}

}  // namespace

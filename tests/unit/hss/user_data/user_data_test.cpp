// SPDX-License-Identifier: Apache-2.0
// The document of a user profile: order, grouping, what each feature and each S-CSCF is sent (TS 29.228 Annex B).
#include "hss/user_data/user_data.h"
#include "tests/support/sample_profiles.h"

#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace {

using hss::Extensions;
using hss::IdentityType;
using hss::UserDataForm;
using support::rendered;
using support::sample_profile;
using support::SampleProfile;

// Texts of all nodes that an XPath finds, in document order.
std::vector<std::string> texts(const std::string& document, const char* path) {
  pugi::xml_document parsed;
  EXPECT_TRUE(parsed.load_buffer(document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata));
  auto found = parsed.select_nodes(path);
  found.sort();
  std::vector<std::string> out;
  for (const auto& node : found) {
    out.emplace_back(node.node().text().get());
  }
  return out;
}
using Texts = std::vector<std::string>;

hss::SetMember in_profile(std::string identity, std::int64_t profile) {
  return {.identity = std::move(identity), .service_profile = hss::ServiceProfileRevision{profile, 1}};
}

SampleProfile with_members(std::vector<hss::SetMember> members) {
  return {{.impi = "a@example.test", .members = std::move(members)},
          {{.id = 1, .revision = 1, .media_profile_id = 11}, {.id = 2, .revision = 1, .media_profile_id = 22}}};
}

TEST(UserData, special_characters_come_back_as_they_were) {
  const auto profile = support::hard_profile(1);
  const auto& member = profile.user.members[0];
  const auto document = rendered(profile, {.alias_groups = true});
  EXPECT_EQ(texts(document, "//PrivateID"), Texts{profile.user.impi});
  EXPECT_EQ(texts(document, "//Identity"), Texts{member.identity});
  EXPECT_EQ(texts(document, "//DisplayName"), Texts{*member.display_name});
  EXPECT_EQ(texts(document, "//AliasIdentityGroupID"), Texts{*member.alias_group});
  EXPECT_EQ(texts(document, "//AccessValue"), Texts{*member.display_name});
  EXPECT_EQ(texts(document, "//ServiceId"), Texts{*member.display_name});
  EXPECT_EQ(texts(document, "//RequestURI"), Texts{"^sip:.*[&<>\"'].*$"});
  EXPECT_EQ(texts(document, "//SIPHeader/Content"), Texts{*member.display_name});
  EXPECT_EQ(texts(document, "//ServerName"), Texts{"sip:as.example.test;a=\"&'"});
}

TEST(UserData, aliases_that_stand_together_do_not_overtake_the_default_identity) {
  auto profile = with_members(
      {in_profile("sip:1@x", 1), in_profile("sip:2@x", 1), in_profile("sip:3@x", 1), in_profile("sip:4@x", 1)});
  profile.user.members[0].barred = profile.user.members[1].barred = true;
  profile.user.members[1].alias_group = profile.user.members[3].alias_group = "g";
  EXPECT_EQ(texts(rendered(profile, {}), "//Identity"), (Texts{"sip:1@x", "sip:3@x", "sip:2@x", "sip:4@x"}));
}

// TS 29.228 Annex B: who does not know AliasIdentityGroupID takes the identities of one element for aliases.
TEST(UserData, an_element_holds_one_identity_unless_there_are_aliases) {
  const auto profile = with_members({in_profile("sip:1@x", 1), in_profile("sip:2@x", 2), in_profile("sip:3@x", 1)});
  for (const bool alias_groups : {false, true}) {
    const auto document = rendered(profile, {.alias_groups = alias_groups});
    EXPECT_EQ(texts(document, "//ServiceProfile[1]//Identity"), Texts{"sip:1@x"});
    EXPECT_EQ(texts(document, "//ServiceProfile[2]//Identity"), Texts{"sip:2@x"});
    EXPECT_EQ(texts(document, "//ServiceProfile[3]//Identity"), Texts{"sip:3@x"});
    EXPECT_EQ(texts(document, "//SubscribedMediaProfileId"), (Texts{"11", "22", "11"}));
  }
}

TEST(UserData, members_of_one_alias_group_stand_together) {
  auto profile = with_members({in_profile("sip:1@x", 1), in_profile("sip:2@x", 1), in_profile("sip:3@x", 1),
                               in_profile("sip:4@x", 1), in_profile("sip:5@x", 1)});
  profile.user.members[0].alias_group = profile.user.members[2].alias_group = "g";
  profile.user.members[1].alias_group = profile.user.members[4].alias_group = "h";
  for (const bool alias_groups : {false, true}) {
    const auto document = rendered(profile, {.alias_groups = alias_groups});
    EXPECT_EQ(texts(document, "//ServiceProfile").size(), 3U);
    EXPECT_EQ(texts(document, "//ServiceProfile[1]//Identity"), (Texts{"sip:1@x", "sip:3@x"}));
    EXPECT_EQ(texts(document, "//ServiceProfile[2]//Identity"), (Texts{"sip:2@x", "sip:5@x"}));
    EXPECT_EQ(texts(document, "//ServiceProfile[3]//Identity"), Texts{"sip:4@x"});
    EXPECT_EQ(texts(document, "//AliasIdentityGroupID"), alias_groups ? (Texts{"g", "g", "h", "h"}) : Texts{});
  }
}

TEST(UserData, a_member_without_a_service_profile_has_no_services) {
  const auto document = rendered(with_members({{.identity = "sip:1@x"}, in_profile("sip:2@x", 2)}), UserDataForm{});
  EXPECT_EQ(texts(document, "//ServiceProfile[1]/*"), Texts{""});
  EXPECT_EQ(texts(document, "//ServiceProfile[2]//SubscribedMediaProfileId"), Texts{"22"});
}

// TS 23.228 5.2.1a: whoever reads the document takes its first identity that is distinct and not barred.
TEST(UserData, the_default_identity_is_the_same_however_members_are_grouped) {
  auto profile = with_members({in_profile("sip:1@x", 1), in_profile("sip:2@x", 2), in_profile("sip:3@x", 1)});
  profile.user.members[0].barred = true;
  profile.user.members[2].alias_group = "g";
  for (const bool alias_groups : {false, true}) {
    const auto document = rendered(profile, {.alias_groups = alias_groups});
    EXPECT_EQ(texts(document, "(//PublicIdentity[BarringIndication=0]/Identity)[1]"), Texts{"sip:2@x"});
  }
}

TEST(UserData, a_number_that_a_wildcard_matched_is_no_alias_of_the_wildcard) {
  auto profile = sample_profile(3);
  for (auto& member : profile.user.members) {
    member.alias_group.reset();
  }
  profile.user.match = hss::WildcardMatch{"sip:+99900000217@example.test", profile.user.members[1].identity};
  const auto document = rendered(profile, {});
  EXPECT_EQ(texts(document, "//ServiceProfile").size(), 3U);
  EXPECT_EQ(texts(document, "//ServiceProfile[3]//Identity"), Texts{"sip:+99900000217@example.test"});
}

TEST(UserData, a_barred_member_is_told_as_such) {
  const auto document = rendered(sample_profile(1), {});
  EXPECT_EQ(texts(document, "//BarringIndication"), (Texts{"0", "0", "1"}));
  EXPECT_EQ(texts(rendered(sample_profile(2), {}), "//BarringIndication"), Texts{});
}

TEST(UserData, shared_sets_are_named_only_when_both_sides_know_them) {
  const auto named = rendered(sample_profile(3), {.shared_ifc_sets = true});
  EXPECT_EQ(texts(named, "//ServiceProfile/Extension/SharedIFCSetID"), (Texts{"7", "12"}));
  EXPECT_EQ(texts(named, "//InitialFilterCriteria/Priority"), Texts{"5"});
  const auto expanded = rendered(sample_profile(3), {});
  EXPECT_EQ(texts(expanded, "//SharedIFCSetID"), Texts{});
  EXPECT_EQ(texts(expanded, "//InitialFilterCriteria/Priority"), (Texts{"5", "100", "200"}));
}

TEST(UserData, criteria_stand_in_the_order_of_their_priorities) {
  auto profile = sample_profile(3);
  profile.services[0].shared[1].criteria[0].priority = 2;
  EXPECT_EQ(texts(rendered(profile, {}), "//Priority"), (Texts{"2", "5", "100"}));
}

TEST(UserData, a_number_that_a_wildcard_matched_stands_beside_it) {
  auto profile = sample_profile(3);
  profile.user.match = hss::WildcardMatch{"sip:+99900000217@example.test", profile.user.members[1].identity};
  const auto document = rendered(profile, {});
  EXPECT_EQ(texts(document, "//Identity"), (Texts{"sip:+99900000200@example.test", "sip:+9990000!02.*!@example.test",
                                                  "sip:+99900000217@example.test"}));
  EXPECT_EQ(texts(document, "//IdentityType"), (Texts{"0", "4", "3"}));
  EXPECT_EQ(texts(document, "//WildcardedIMPU"), Texts(2, "sip:+9990000!02.*!@example.test"));
}

TEST(UserData, a_psi_that_a_wildcard_matched_takes_its_place) {
  auto profile = sample_profile(4);
  const auto matched = rendered(profile, {});
  EXPECT_EQ(texts(matched, "//Identity"), Texts{"sip:room-4711@chat.example.test"});
  EXPECT_EQ(texts(matched, "//WildcardedPSI"), Texts{"sip:room-!.*!@chat.example.test"});
  profile.user.match.reset();
  const auto itself = rendered(profile, {});
  EXPECT_EQ(texts(itself, "//Identity"), Texts{"sip:room-!.*!@chat.example.test"});
  EXPECT_EQ(texts(itself, "//WildcardedPSI"), Texts{"sip:room-!.*!@chat.example.test"});
}

TEST(UserData, every_registration_type_is_as_good_as_no_list) {
  auto profile = sample_profile(1);
  auto& types = profile.services[0].criteria[0].triggers[0].registration_types;
  types = {2, 1};
  EXPECT_EQ(texts(rendered(profile, {}), "//RegistrationType"), (Texts{"1", "2"}));
  types = {0, 1, 2};
  EXPECT_EQ(texts(rendered(profile, {}), "//SPT/Extension"), Texts{});
}

TEST(UserData, an_old_parser_is_spared_what_it_cannot_know) {
  auto pbx = sample_profile(3);
  pbx.user.match = hss::WildcardMatch{"sip:+99900000217@example.test", pbx.user.members[1].identity};
  for (const auto extensions : {Extensions::rel7, Extensions::absent}) {
    const auto document = rendered(pbx, {.shared_ifc_sets = true, .extensions = extensions});
    EXPECT_EQ(texts(document, "//Identity"), (Texts{"sip:+99900000200@example.test", "sip:+99900000217@example.test"}));
    EXPECT_EQ(texts(document, "//PublicIdentity/Extension"), Texts{});
    EXPECT_EQ(texts(document, "//SharedIFCSetID").size(), extensions == Extensions::rel7 ? 2U : 0U);
  }
  const auto rel7 = rendered(sample_profile(4), {.extensions = Extensions::rel7});
  EXPECT_EQ(texts(rel7, "//IdentityType"), Texts{"2"});
  EXPECT_EQ(texts(rendered(sample_profile(1), {.extensions = Extensions::rel7}), "//RegistrationType").size(), 2U);
  for (const int number : {1, 2, 3, 4, 5}) {
    EXPECT_EQ(texts(rendered(sample_profile(number), {.extensions = Extensions::absent}), "//Extension"), Texts{});
  }
}

TEST(UserData, two_hundred_criteria_keep_their_order) {
  const auto priorities = texts(rendered(support::hard_profile(200), {}), "//Priority");
  ASSERT_EQ(priorities.size(), 200U);
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    EXPECT_EQ(priorities[i], std::to_string(i + 1));
  }
}

}  // namespace

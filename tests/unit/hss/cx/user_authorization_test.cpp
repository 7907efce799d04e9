// SPDX-License-Identifier: Apache-2.0
// Every branch of User-Authorization on rows, in the order of TS 29.228 6.1.1.1; results are those of TS 29.229 6.2.
#include "hss/cx/user_authorization.h"

#include "tests/support/fake_lookup.h"

#include <gtest/gtest.h>

namespace {

using hss::AuthorizationType;
using hss::RegistrationState;

constexpr const char* unknown = "Experimental-Result 5001";
constexpr const char* dont_match = "Experimental-Result 5002";
constexpr const char* not_registered = "Experimental-Result 5003";
constexpr const char* no_roaming = "Experimental-Result 5004";
constexpr const char* rejected = "Result-Code 5003";
constexpr const char* first = "Experimental-Result 2001 Server-Capabilities 1 2 / 3 /";
constexpr const char* subsequent = "Experimental-Result 2002 Server-Name sip:s.ims.test";
constexpr const char* success = "Result-Code 2001 Server-Name sip:s.ims.test";

constexpr auto types = {AuthorizationType::registration, AuthorizationType::deregistration,
                        AuthorizationType::registration_and_capabilities};
constexpr auto states = {RegistrationState::not_registered, RegistrationState::registered,
                         RegistrationState::unregistered};

// A user who may do everything and is registered nowhere; S-CSCFs need capabilities 1 and 2.
class UserAuthorization : public testing::Test {
 protected:
  UserAuthorization() {
    row.has_impi = row.has_impu = row.impu_is_distinct_pui = row.is_associated = true;
    row.may_register = row.may_roam = true;
    row.subscription.id = 7;
    row.subscription.capabilities = {{1, 2}, {3}, {}};
  }
  void assign() { row.subscription.scscf_name = "sip:s.ims.test"; }
  [[nodiscard]] std::string decided() const { return tests::text(hss::decide_user_authorization(request, row)); }
  std::string decided(AuthorizationType type) {
    request.type = type;
    return decided();
  }

  hss::UserAuthorizationRequest request;
  hss::UserAuthorizationRow row;
};

TEST_F(UserAuthorization, step_1_needs_both_identities) {
  for (const auto type : types) {
    row.has_impi = false;
    EXPECT_EQ(decided(type), unknown);
    row.has_impi = true;
    row.has_impu = false;
    EXPECT_EQ(decided(type), unknown);
    row.has_impu = true;
  }
}

TEST_F(UserAuthorization, step_2_takes_only_a_distinct_public_user_identity) {
  row.impu_is_distinct_pui = false;
  for (const auto type : types) {
    EXPECT_EQ(decided(type), unknown);
  }
}

TEST_F(UserAuthorization, step_3_needs_the_association) {
  row.is_associated = false;
  for (const auto type : types) {
    EXPECT_EQ(decided(type), dont_match);
  }
}

TEST_F(UserAuthorization, step_4_refuses_a_barred_identity_in_every_state) {
  row.is_barred = true;
  assign();
  for (const auto type : types) {
    for (const auto state : states) {
      row.state = state;
      EXPECT_EQ(decided(type), rejected);
    }
  }
}

TEST_F(UserAuthorization, step_4_lets_a_barred_identity_pass_with_a_sibling_that_is_not) {
  row.is_barred = row.has_unbarred_sibling = true;
  EXPECT_EQ(decided(), first);
}

TEST_F(UserAuthorization, step_4_does_not_bar_an_emergency) {  // TS 29.228 Annex G
  row.is_barred = request.emergency = true;
  EXPECT_EQ(decided(), first);
}

TEST_F(UserAuthorization, step_5_keeps_from_roaming_who_comes_but_not_who_leaves) {
  row.may_roam = false;
  row.state = RegistrationState::registered;
  assign();
  EXPECT_EQ(decided(AuthorizationType::registration), no_roaming);
  EXPECT_EQ(decided(AuthorizationType::registration_and_capabilities), no_roaming);
  EXPECT_EQ(decided(AuthorizationType::deregistration), success);
}

TEST_F(UserAuthorization, step_5_does_not_keep_an_emergency_from_roaming) {
  row.may_roam = false;
  request.emergency = true;
  EXPECT_EQ(decided(), first);
}

TEST_F(UserAuthorization, step_5_refuses_who_may_not_register_even_in_an_emergency) {
  row.may_register = false;
  row.state = RegistrationState::registered;
  assign();
  for (const bool emergency : {false, true}) {
    request.emergency = emergency;
    EXPECT_EQ(decided(AuthorizationType::registration), rejected);
    EXPECT_EQ(decided(AuthorizationType::registration_and_capabilities), rejected);
    EXPECT_EQ(decided(AuthorizationType::deregistration), success);
  }
}

TEST_F(UserAuthorization, the_first_check_that_fails_decides) {
  row = {};
  row.is_barred = true;
  EXPECT_EQ(decided(), unknown);
  row.has_impi = row.has_impu = true;
  EXPECT_EQ(decided(), unknown);
  row.impu_is_distinct_pui = true;
  EXPECT_EQ(decided(), dont_match);
  row.is_associated = true;
  EXPECT_EQ(decided(), rejected);
  row.is_barred = false;
  EXPECT_EQ(decided(), no_roaming);
  row.may_roam = true;
  EXPECT_EQ(decided(), rejected);
}

TEST_F(UserAuthorization, step_5_answers_capabilities_alone_and_reassigns_in_every_state) {  // TS 23.380 4.3
  assign();
  for (const auto state : states) {
    row.state = state;
    EXPECT_EQ(decided(AuthorizationType::registration_and_capabilities),
              "Result-Code 2001 Server-Capabilities 1 2 / 3 /, reassigns");
  }
}

TEST_F(UserAuthorization, step_5_reassigns_once) {
  row.subscription.reassignment_pending = true;
  EXPECT_EQ(decided(AuthorizationType::registration_and_capabilities),
            "Result-Code 2001 Server-Capabilities 1 2 / 3 /");
}

TEST_F(UserAuthorization, step_5_answers_no_capabilities_where_none_are_provisioned) {
  row.subscription.capabilities = {};
  EXPECT_EQ(decided(AuthorizationType::registration_and_capabilities), "Result-Code 2001, reassigns");
}

TEST_F(UserAuthorization, step_6_names_the_server_of_a_served_identity) {
  assign();
  for (const auto state : {RegistrationState::registered, RegistrationState::unregistered}) {
    row.state = state;
    EXPECT_EQ(decided(AuthorizationType::registration), subsequent);
    EXPECT_EQ(decided(AuthorizationType::deregistration), success);
  }
}

// i, ii and iii of step 6: another identity is registered or unregistered, or an authentication is pending. In all of
// them the subscription has a name.
TEST_F(UserAuthorization, step_6_names_the_server_of_the_subscription_to_who_is_not_registered) {
  assign();
  EXPECT_EQ(decided(AuthorizationType::registration), subsequent);
  row.auth_pending = true;
  EXPECT_EQ(decided(AuthorizationType::registration), subsequent);
}

TEST_F(UserAuthorization, step_6_deregisters_nobody_who_is_not_registered) {
  EXPECT_EQ(decided(AuthorizationType::deregistration), not_registered);
  assign();  // of another identity
  EXPECT_EQ(decided(AuthorizationType::deregistration), not_registered);
}

TEST_F(UserAuthorization, step_6_deregisters_who_waits_for_an_authentication) {
  assign();
  row.auth_pending = true;
  EXPECT_EQ(decided(AuthorizationType::deregistration), success);
}

TEST_F(UserAuthorization, step_6_deregisters_nobody_where_the_name_was_taken_away) {
  row.state = RegistrationState::registered;
  EXPECT_EQ(decided(AuthorizationType::deregistration), not_registered);
}

TEST_F(UserAuthorization, step_6_tells_a_first_registration_what_a_server_must_be_capable_of) {
  EXPECT_EQ(decided(), first);
  row.subscription.capabilities = {};
  EXPECT_EQ(decided(), "Experimental-Result 2001");
}

TEST_F(UserAuthorization, preferred_servers_go_without_numbers) {  // TS 29.228 6.7
  row.subscription.capabilities.server_names = {"sip:b", "sip:a"};
  EXPECT_EQ(decided(), "Experimental-Result 2001 Server-Capabilities / / sip:b sip:a");
  row.subscription.capabilities.server_names = {"sip:a"};
  EXPECT_EQ(decided(), "Experimental-Result 2001 Server-Capabilities / / sip:a");
}

TEST_F(UserAuthorization, a_single_preferred_server_is_named_to_who_looks_for_the_name_alone) {
  request.server_name_first = true;
  row.subscription.capabilities.server_names = {"sip:a"};
  EXPECT_EQ(decided(), "Experimental-Result 2001 Server-Name sip:a");
  row.subscription.capabilities.server_names = {"sip:b", "sip:a"};
  EXPECT_EQ(decided(), "Experimental-Result 2001 Server-Capabilities / / sip:b sip:a");
  row.subscription.capabilities.server_names = {};
  EXPECT_EQ(decided(), first);
}

TEST_F(UserAuthorization, a_pending_reassignment_leaves_the_name) {
  assign();
  row.state = RegistrationState::registered;
  row.subscription.reassignment_pending = true;
  EXPECT_EQ(decided(), subsequent);
}

TEST_F(UserAuthorization, a_batch_is_answered_in_order) {
  tests::FakeLookup store;
  store.rows.users["sip:first"] = row;
  assign();
  store.rows.users["sip:second"] = row;
  std::vector<hss::UserAuthorizationRequest> requests(3);
  requests[0].impu = "sip:second";
  requests[1].impu = "sip:nobody";
  requests[2].impu = "sip:first";
  const auto answers = hss::authorize_users(
      store, std::vector<const hss::UserAuthorizationRequest*>{&requests[0], &requests[1], &requests[2]});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(tests::text(answers[0].answer), subsequent);
  EXPECT_EQ(tests::text(answers[1].answer), unknown);
  EXPECT_EQ(tests::text(answers[2].answer), first);
  EXPECT_EQ(store.transactions, 0);
}

}  // namespace

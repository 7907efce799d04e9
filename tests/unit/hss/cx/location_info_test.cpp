// SPDX-License-Identifier: Apache-2.0
// Every branch of Location-Info on rows, in the order of TS 29.228 6.1.4.1; results are those of TS 29.229 6.2.
#include "hss/cx/location_info.h"

#include "tests/support/fake_lookup.h"

#include <gtest/gtest.h>

namespace {

using hss::AuthorizationType;
using hss::RegistrationState;

constexpr const char* unknown = "Experimental-Result 5001";
constexpr const char* not_registered = "Experimental-Result 5003";
constexpr const char* named = "Result-Code 2001 Server-Name sip:s.ims.test";
constexpr const char* offered = "Experimental-Result 2003 Server-Capabilities 1 2 / 3 /";
constexpr const char* reassigned = "Result-Code 2001 Server-Capabilities 1 2 / 3 /, reassigns";
constexpr const char* direct = "Result-Code 2001 Server-Name sip:as.ims.test LIA-Flags 1";

constexpr auto states = {RegistrationState::not_registered, RegistrationState::registered,
                         RegistrationState::unregistered};

// A user who is registered nowhere and has no services then; S-CSCFs need capabilities 1 and 2.
class LocationInfo : public testing::Test {
 protected:
  LocationInfo() {
    row.has_impu = true;
    row.subscription.id = 7;
    row.subscription.capabilities = {{1, 2}, {3}, {}};
  }
  void assign() { row.subscription.scscf_name = "sip:s.ims.test"; }
  void make_service(const char* application_server = nullptr) {
    row.is_psi = row.psi_is_active = true;
    if (application_server != nullptr) {
      row.psi_application_server = application_server;
    }
  }
  [[nodiscard]] std::string decided() const { return tests::text(hss::decide_location_info(request, row)); }

  hss::LocationInfoRequest request;
  hss::LocationInfoRow row;
};

TEST_F(LocationInfo, step_1_needs_the_identity) {
  row = {};
  EXPECT_EQ(decided(), unknown);
  request.type = AuthorizationType::registration_and_capabilities;
  EXPECT_EQ(decided(), unknown);
}

TEST_F(LocationInfo, step_2_does_not_know_an_inactive_service) {
  make_service("sip:as.ims.test");
  assign();
  row.psi_is_active = false;
  row.state = RegistrationState::unregistered;
  for (const bool originating : {false, true}) {
    request.originating = originating;
    EXPECT_EQ(decided(), unknown);
  }
  request.type = AuthorizationType::registration_and_capabilities;
  EXPECT_EQ(decided(), unknown);
}

TEST_F(LocationInfo, step_2_routes_to_the_application_server_in_every_state) {
  make_service("sip:as.ims.test");
  assign();
  for (const auto state : states) {
    row.state = state;
    EXPECT_EQ(decided(), direct);
  }
  request.type = AuthorizationType::registration_and_capabilities;
  EXPECT_EQ(decided(), direct);
}

TEST_F(LocationInfo, step_2_routes_what_a_service_originates_by_its_server) {
  make_service("sip:as.ims.test");
  request.originating = true;
  EXPECT_EQ(decided(), offered);
  assign();
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_2_lets_a_service_without_direct_routing_go_on) {
  make_service();
  EXPECT_EQ(decided(), not_registered);
  row.has_unregistered_services = true;
  EXPECT_EQ(decided(), offered);
  row.state = RegistrationState::unregistered;
  assign();
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_2_asks_only_services_to_be_active) {
  assign();
  row.state = RegistrationState::registered;
  row.psi_application_server = "sip:as.ims.test";
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_3_answers_capabilities_alone_and_reassigns_in_every_state) {  // TS 23.380 4.4
  request.type = AuthorizationType::registration_and_capabilities;
  assign();
  for (const auto state : states) {
    row.state = state;
    for (const bool originating : {false, true}) {
      request.originating = originating;
      EXPECT_EQ(decided(), reassigned);
    }
  }
}

TEST_F(LocationInfo, step_3_reassigns_once) {
  request.type = AuthorizationType::registration_and_capabilities;
  row.subscription.reassignment_pending = true;
  EXPECT_EQ(decided(), "Result-Code 2001 Server-Capabilities 1 2 / 3 /");
}

TEST_F(LocationInfo, step_3_answers_no_capabilities_where_none_are_provisioned) {
  request.type = AuthorizationType::registration_and_capabilities;
  row.subscription.capabilities = {};
  EXPECT_EQ(decided(), "Result-Code 2001, reassigns");
}

TEST_F(LocationInfo, step_4_names_the_server_of_a_served_identity) {
  assign();
  for (const auto state : {RegistrationState::registered, RegistrationState::unregistered}) {
    row.state = state;
    for (const bool originating : {false, true}) {
      request.originating = originating;
      EXPECT_EQ(decided(), named);
    }
  }
}

TEST_F(LocationInfo, step_4_serves_nobody_who_is_not_registered_without_services) {
  EXPECT_EQ(decided(), not_registered);
  assign();  // of another identity
  EXPECT_EQ(decided(), not_registered);
  request.type = AuthorizationType::deregistration;
  EXPECT_EQ(decided(), not_registered);
}

TEST_F(LocationInfo, step_4_serves_who_has_services_in_unregistered_state) {
  row.has_unregistered_services = true;
  EXPECT_EQ(decided(), offered);
  assign();
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_4_serves_who_originates) {
  request.originating = true;
  EXPECT_EQ(decided(), offered);
  assign();
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_4_answers_no_capabilities_where_none_are_provisioned) {
  request.originating = true;
  row.subscription.capabilities = {};
  EXPECT_EQ(decided(), "Experimental-Result 2003");
}

TEST_F(LocationInfo, preferred_servers_go_without_numbers) {  // TS 29.228 6.7
  request.originating = true;
  row.subscription.capabilities.server_names = {"sip:b", "sip:a"};
  EXPECT_EQ(decided(), "Experimental-Result 2003 Server-Capabilities / / sip:b sip:a");
}

TEST_F(LocationInfo, a_pending_reassignment_leaves_the_name) {
  assign();
  row.state = RegistrationState::registered;
  row.subscription.reassignment_pending = true;
  EXPECT_EQ(decided(), named);
}

TEST_F(LocationInfo, step_5_tells_the_wildcard_with_every_success_and_with_no_error) {
  const std::string told = " Wildcarded-Public-Identity sip:!.*!@ims.test";
  row.wildcard = "sip:!.*!@ims.test";
  EXPECT_EQ(decided(), not_registered);
  row.has_unregistered_services = true;
  EXPECT_EQ(decided(), offered + told);
  assign();
  EXPECT_EQ(decided(), named + told);
  request.type = AuthorizationType::registration_and_capabilities;
  EXPECT_EQ(decided(), "Result-Code 2001 Server-Capabilities 1 2 / 3 /" + told + ", reassigns");
  make_service("sip:as.ims.test");
  EXPECT_EQ(decided(), "Result-Code 2001 Server-Name sip:as.ims.test" + told + " LIA-Flags 1");
  row.psi_is_active = false;
  EXPECT_EQ(decided(), unknown);
}

TEST_F(LocationInfo, a_batch_is_answered_in_order) {
  tests::FakeLookup store;
  store.rows.locations["sip:first"] = row;
  assign();
  row.state = RegistrationState::registered;
  store.rows.locations["sip:second"] = row;
  std::vector<hss::LocationInfoRequest> requests(3);
  requests[0].impu = "sip:second";
  requests[1].impu = "sip:nobody";
  requests[2].impu = "sip:first";
  const auto answers =
      hss::locate_users(store, std::vector<const hss::LocationInfoRequest*>{&requests[0], &requests[1], &requests[2]});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(tests::text(answers[0].answer), named);
  EXPECT_EQ(tests::text(answers[1].answer), unknown);
  EXPECT_EQ(tests::text(answers[2].answer), not_registered);
  EXPECT_EQ(store.transactions, 0);
}

}  // namespace

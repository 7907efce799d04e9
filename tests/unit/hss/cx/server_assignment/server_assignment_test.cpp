// SPDX-License-Identifier: Apache-2.0
// Server-Assignment on rows: each Server-Assignment-Type in each state, a row a branch (TS 29.228 6.1.2).
#include "hss/cx/server_assignment/server_assignment.h"

#include "tests/support/fake_assignment.h"

#include <gtest/gtest.h>

namespace {

using hss::AssignmentType;
using hss::Outcome;

struct Row {
  const char* claim;
  AssignmentType type;
  const char* ask;    // what differs from a request of own_server for IMPI a and its set 5; see asked()
  const char* prior;  // see subscription()
  Outcome outcome;
  const char* after;
};

// table: TS 29.228 6.1.2.1, by type and state
const Row table[] = {
    // NO_ASSIGNMENT
    {"profile of who is registered here", AssignmentType::no_assignment, "", "R ar own", Outcome::success, "R ar own"},
    {"profile of an unregistered user", AssignmentType::no_assignment, "", "U own", Outcome::success, "U own"},
    {"profile while an authentication is pending", AssignmentType::no_assignment, "", "N ap own", Outcome::success,
     "N ap own"},
    {"profile asked by another S-CSCF", AssignmentType::no_assignment, "", "R ar other", Outcome::unable_to_comply,
     "R ar other"},
    {"profile asked where nobody is assigned", AssignmentType::no_assignment, "", "N", Outcome::unable_to_comply, "N"},
    {"profile asked by another while a reassignment is pending", AssignmentType::no_assignment, "",
     "R ar other reassign", Outcome::success, "R ar other reassign"},
    // REGISTRATION
    {"first registration", AssignmentType::registration, "", "N ap own", Outcome::success, "R ar own"},
    {"registration of who has no S-CSCF", AssignmentType::registration, "", "N", Outcome::success, "R ar own"},
    {"registration of an unregistered user", AssignmentType::registration, "", "U ap own", Outcome::success,
     "R ar own"},
    {"registration again", AssignmentType::registration, "", "R ar own", Outcome::success, "R ar own"},
    {"registration of a second IMPI", AssignmentType::registration, "b", "R ar own", Outcome::success, "R ar br own"},
    {"registration leaves the other IMPI's pending authentication", AssignmentType::registration, "", "N ap bp own",
     Outcome::success, "R ar bp own"},
    {"registration by another S-CSCF", AssignmentType::registration, "", "R ar other",
     Outcome::identity_already_registered, "R ar other"},
    {"registration by another S-CSCF, only pending at the first", AssignmentType::registration, "", "N ap other",
     Outcome::identity_already_registered, "N ap other"},
    {"registration by another S-CSCF, another set is registered", AssignmentType::registration, "", "N 6R other",
     Outcome::identity_already_registered, "N 6R other"},
    {"registration by another S-CSCF while a reassignment is pending", AssignmentType::registration, "",
     "R ar other reassign", Outcome::success, "R ar own"},
    {"registration at the old S-CSCF ends a reassignment", AssignmentType::registration, "", "R ar own reassign",
     Outcome::success, "R ar own"},
    {"registration stores restoration information", AssignmentType::registration, "restoration info", "N ap own",
     Outcome::success, "R ari own"},
    {"restoration information is stored where no features are named", AssignmentType::registration, "info", "N ap own",
     Outcome::success, "R ari own"},
    {"restoration information without the feature is not stored", AssignmentType::registration, "info featured",
     "N ap own", Outcome::success, "R ar own"},
    {"registration without restoration information keeps what there is", AssignmentType::registration, "restoration",
     "R ari own", Outcome::success, "R ari own"},
    {"multiple registration of who is unknown to the S-CSCF but not here", AssignmentType::registration,
     "restoration multiple", "R ari own", Outcome::in_assignment_type, "R ari own"},
    {"multiple registration while a reassignment is pending", AssignmentType::registration, "restoration multiple",
     "R ari other reassign", Outcome::in_assignment_type, "R ari own"},
    {"multiple registration without stored information", AssignmentType::registration, "restoration multiple info",
     "R ar own", Outcome::success, "R ari own"},
    {"multiple registration of another IMPI", AssignmentType::registration, "b restoration multiple", "R ari own",
     Outcome::success, "R ari br own"},
    {"multiple registration of who is not registered", AssignmentType::registration, "restoration multiple", "U ai own",
     Outcome::success, "R ari own"},
    {"multiple registration without the feature", AssignmentType::registration, "multiple", "R ari own",
     Outcome::success, "R ari own"},
    // RE_REGISTRATION
    {"re-registration", AssignmentType::re_registration, "", "R ar own", Outcome::success, "R ar own"},
    {"re-registration clears a pending authentication", AssignmentType::re_registration, "", "R arp own",
     Outcome::success, "R ar own"},
    {"re-registration of who is not registered", AssignmentType::re_registration, "", "N", Outcome::success,
     "R ar own"},
    {"re-registration of an unregistered user", AssignmentType::re_registration, "", "U own", Outcome::success,
     "R ar own"},
    {"re-registration by another S-CSCF", AssignmentType::re_registration, "", "R ar other",
     Outcome::identity_already_registered, "R ar other"},
    {"re-registration by another S-CSCF while a reassignment is pending", AssignmentType::re_registration, "",
     "R ar other reassign", Outcome::success, "R ar own"},
    {"re-registration stores restoration information", AssignmentType::re_registration, "restoration info", "R ar own",
     Outcome::success, "R ari own"},
    {"re-registration with the multiple indication", AssignmentType::re_registration, "restoration multiple",
     "R ari own", Outcome::success, "R ari own"},
    // UNREGISTERED_USER
    {"session for who is not registered", AssignmentType::unregistered_user, "", "N", Outcome::success, "U own"},
    {"session for who is not registered, no User-Name", AssignmentType::unregistered_user, "anonymous", "N",
     Outcome::success, "U own"},
    {"session for who is being authenticated", AssignmentType::unregistered_user, "", "N ap own", Outcome::success,
     "U ap own"},
    {"session for an unregistered user", AssignmentType::unregistered_user, "", "U own", Outcome::success, "U own"},
    {"session for an unregistered user at another S-CSCF", AssignmentType::unregistered_user, "", "U other",
     Outcome::identity_already_registered, "U other"},
    {"session at another S-CSCF while a reassignment is pending", AssignmentType::unregistered_user, "",
     "U other reassign", Outcome::success, "U own"},
    {"session for a registered user whose contacts are lost", AssignmentType::unregistered_user, "", "R ar br own",
     Outcome::success, "U own"},
    {"lost contacts without the feature, although there is information", AssignmentType::unregistered_user, "",
     "R ari own", Outcome::success, "U own"},
    {"lost contacts with the feature, but no information", AssignmentType::unregistered_user, "restoration", "R ar own",
     Outcome::success, "U own"},
    {"restoration of a registered user", AssignmentType::unregistered_user, "restoration", "R ari own",
     Outcome::in_assignment_type, "R ari own"},
    {"restoration of a registered user at a new S-CSCF", AssignmentType::unregistered_user, "restoration",
     "R ari other reassign", Outcome::in_assignment_type, "R ari own"},
    {"restoration of a registered user, no User-Name", AssignmentType::unregistered_user, "anonymous restoration",
     "R bri own", Outcome::in_assignment_type, "R bri own"},
    {"P-CSCF restoration", AssignmentType::unregistered_user, "p-cscf", "R ar own",
     Outcome::serving_node_feature_not_supported, "R ar own"},
    {"P-CSCF restoration by who does not offer the feature", AssignmentType::unregistered_user, "p-cscf-unoffered",
     "R ar own", Outcome::success, "U own"},
    {"P-CSCF restoration by another S-CSCF", AssignmentType::unregistered_user, "p-cscf", "R ar other",
     Outcome::identity_already_registered, "R ar other"},
    // TIMEOUT_DEREGISTRATION stands for all that follow rule D
    {"deregistration", AssignmentType::timeout_deregistration, "", "R ari own", Outcome::success, "N"},
    {"deregistration of one of two IMPIs", AssignmentType::timeout_deregistration, "", "R ari bri own",
     Outcome::success, "R bri own"},
    {"deregistration by IMPI alone covers all its sets", AssignmentType::timeout_deregistration, "impi-only",
     "R ar 6R own", Outcome::success, "N"},
    {"deregistration by IMPI alone leaves the other IMPI", AssignmentType::timeout_deregistration, "impi-only",
     "R ar br 6R own", Outcome::success, "R br own"},
    {"deregistration by identity alone covers all its IMPIs", AssignmentType::timeout_deregistration, "anonymous",
     "R ar br own", Outcome::success, "N"},
    {"deregistration of two identities", AssignmentType::timeout_deregistration, "two", "R ar 6R own", Outcome::success,
     "N"},
    {"deregistration of two identities without User-Name", AssignmentType::timeout_deregistration, "two anonymous",
     "R ar br 6R own", Outcome::success, "N"},
    {"deregistration of an IMPI that is not registered", AssignmentType::timeout_deregistration, "b", "R ar own",
     Outcome::success, "R ar own"},
    {"deregistration of an unregistered user", AssignmentType::timeout_deregistration, "", "U own", Outcome::success,
     "N"},
    {"deregistration of who is not registered", AssignmentType::timeout_deregistration, "", "N", Outcome::success, "N"},
    {"the name stays while another set is registered", AssignmentType::timeout_deregistration, "", "R ar 6R own",
     Outcome::success, "N 6R own"},
    {"the name stays while another set is unregistered", AssignmentType::timeout_deregistration, "", "R ar 6U own",
     Outcome::success, "N 6U own"},
    {"the name stays while an authentication is pending", AssignmentType::timeout_deregistration, "", "R ar bp own",
     Outcome::success, "N bp own"},
    {"the name stays while one is pending in another set", AssignmentType::timeout_deregistration, "", "R ar 6p own",
     Outcome::success, "N 6p own"},
    {"late deregistration at an S-CSCF that was replaced", AssignmentType::timeout_deregistration, "", "R ar other",
     Outcome::success, "R ar other"},
    {"a pending reassignment ends with the assignment", AssignmentType::timeout_deregistration, "", "R ar own reassign",
     Outcome::success, "N"},
    {"USER_DEREGISTRATION", AssignmentType::user_deregistration, "", "R ari own", Outcome::success, "N"},
    {"ADMINISTRATIVE_DEREGISTRATION", AssignmentType::administrative_deregistration, "", "R ari own", Outcome::success,
     "N"},
    {"ADMINISTRATIVE_DEREGISTRATION with P-CSCF restoration", AssignmentType::administrative_deregistration, "p-cscf",
     "R ar own", Outcome::serving_node_feature_not_supported, "R ar own"},
    {"ADMINISTRATIVE_DEREGISTRATION with P-CSCF restoration that is not offered",
     AssignmentType::administrative_deregistration, "p-cscf-unoffered", "R ar own", Outcome::success, "N"},
    {"DEREGISTRATION_TOO_MUCH_DATA", AssignmentType::deregistration_too_much_data, "", "R ari own", Outcome::success,
     "N"},
    {"P-CSCF restoration means nothing with other types", AssignmentType::user_deregistration, "p-cscf", "R ar own",
     Outcome::success, "N"},
    // ..._STORE_SERVER_NAME
    {"the name is stored", AssignmentType::timeout_deregistration_store_server_name, "", "R ari own", Outcome::success,
     "U own"},
    {"the name is stored (user)", AssignmentType::user_deregistration_store_server_name, "", "R ar own",
     Outcome::success, "U own"},
    {"the name is not stored", AssignmentType::timeout_deregistration_store_server_name, "drop", "R ar own",
     Outcome::server_name_not_stored, "N"},
    {"the name is not stored (user)", AssignmentType::user_deregistration_store_server_name, "drop", "R ar own",
     Outcome::server_name_not_stored, "N"},
    {"the other IMPI keeps the set registered", AssignmentType::user_deregistration_store_server_name, "",
     "R ar br own", Outcome::success, "R br own"},
    {"the other IMPI keeps it registered where names are dropped",
     AssignmentType::user_deregistration_store_server_name, "drop", "R ar br own", Outcome::success, "R br own"},
    {"storing for an unregistered user", AssignmentType::timeout_deregistration_store_server_name, "", "U own",
     Outcome::success, "U own"},
    {"dropping for an unregistered user", AssignmentType::timeout_deregistration_store_server_name, "drop", "U own",
     Outcome::server_name_not_stored, "N"},
    {"storing for who is not registered", AssignmentType::timeout_deregistration_store_server_name, "", "N",
     Outcome::success, "N"},
    {"storing for all sets of an IMPI", AssignmentType::user_deregistration_store_server_name, "impi-only",
     "R ar 6R own", Outcome::success, "U 6U own"},
    {"storing for an S-CSCF that was replaced", AssignmentType::user_deregistration_store_server_name, "", "R ar other",
     Outcome::success, "R ar other"},
    // AUTHENTICATION_FAILURE and _TIMEOUT
    {"failed authentication", AssignmentType::authentication_failure, "", "N ap own", Outcome::success, "N"},
    {"authentication timed out", AssignmentType::authentication_timeout, "", "N ap own", Outcome::success, "N"},
    {"failed re-authentication keeps the registration", AssignmentType::authentication_failure, "", "R arp own",
     Outcome::success, "R ar own"},
    {"failed authentication of an unregistered user", AssignmentType::authentication_failure, "", "U ap own",
     Outcome::success, "U own"},
    {"failed authentication while another IMPI's is pending", AssignmentType::authentication_failure, "", "N ap bp own",
     Outcome::success, "N bp own"},
    {"failed authentication while another set is registered", AssignmentType::authentication_failure, "", "N ap 6R own",
     Outcome::success, "N 6R own"},
    {"failed authentication of nobody", AssignmentType::authentication_failure, "", "N", Outcome::success, "N"},
    {"failed authentication at an S-CSCF that was replaced", AssignmentType::authentication_timeout, "", "N ap other",
     Outcome::success, "N ap other"},
    // SWx only
    {"AAA_USER_DATA_REQUEST", AssignmentType::aaa_user_data_request, "", "R ar own", Outcome::in_assignment_type,
     "R ar own"},
    {"PGW_UPDATE", AssignmentType::pgw_update, "", "R ar own", Outcome::in_assignment_type, "R ar own"},
    {"RESTORATION", AssignmentType::restoration, "", "R ar own", Outcome::in_assignment_type, "R ar own"},
    {"AAA_USER_DATA_REQUEST without an identity", AssignmentType::aaa_user_data_request, "impi-only", "N",
     Outcome::in_assignment_type, "N"},
    {"PGW_UPDATE with nothing at all", AssignmentType::pgw_update, "nobody", "N", Outcome::in_assignment_type, "N"},
    // which identities must be there
    {"no identity", AssignmentType::registration, "impi-only", "N", Outcome::missing_identity, "N"},
    {"no identity for the profile", AssignmentType::no_assignment, "impi-only", "N", Outcome::missing_identity, "N"},
    {"no identity for an unregistered user", AssignmentType::unregistered_user, "impi-only", "N",
     Outcome::missing_identity, "N"},
    {"no User-Name", AssignmentType::registration, "anonymous", "N", Outcome::missing_user_name, "N"},
    {"no User-Name for the profile", AssignmentType::no_assignment, "anonymous", "R ar own", Outcome::success,
     "R ar own"},
    {"no User-Name for the profile, another S-CSCF", AssignmentType::no_assignment, "anonymous", "R ar other",
     Outcome::unable_to_comply, "R ar other"},
    {"no User-Name for a failed authentication", AssignmentType::authentication_failure, "anonymous", "N ap own",
     Outcome::missing_user_name, "N ap own"},
    {"deregistration of nobody", AssignmentType::user_deregistration, "nobody", "R ar own", Outcome::missing_identity,
     "R ar own"},
    // step 1
    {"unknown IMPI", AssignmentType::registration, "unknown-impi", "N", Outcome::user_unknown, "N"},
    {"unknown identity", AssignmentType::registration, "unknown-impu", "N", Outcome::user_unknown, "N"},
    {"one of two identities is unknown", AssignmentType::user_deregistration, "two unknown-impu", "R ar own",
     Outcome::user_unknown, "R ar own"},
    // step 2
    {"not associated", AssignmentType::registration, "b set-6", "N", Outcome::identities_dont_match, "N"},
    {"identity of another subscription", AssignmentType::registration, "foreign", "N", Outcome::identities_dont_match,
     "N"},
    {"identities of two subscriptions", AssignmentType::user_deregistration, "anonymous two foreign", "R ar own",
     Outcome::identities_dont_match, "R ar own"},
    // step 3
    {"two identities", AssignmentType::registration, "two", "N", Outcome::too_many_identities, "N"},
    {"two identities for the profile", AssignmentType::no_assignment, "two", "R ar own", Outcome::too_many_identities,
     "R ar own"},
    {"two identities for an unregistered user", AssignmentType::unregistered_user, "two", "N",
     Outcome::too_many_identities, "N"},
    {"two identities for a failed authentication", AssignmentType::authentication_failure, "two", "N ap own",
     Outcome::too_many_identities, "N ap own"},
    {"two identities with a type of SWx", AssignmentType::restoration, "two", "N", Outcome::too_many_identities, "N"},
    // step 4
    {"inactive PSI", AssignmentType::unregistered_user, "psi inactive", "N", Outcome::user_unknown, "N"},
    {"inactive PSI is unknown before its type is wrong", AssignmentType::registration, "psi inactive", "N",
     Outcome::user_unknown, "N"},
    {"PSI registers", AssignmentType::registration, "psi", "N", Outcome::in_assignment_type, "N"},
    {"PSI re-registers", AssignmentType::re_registration, "psi", "N", Outcome::in_assignment_type, "N"},
    {"wildcarded PSI registers", AssignmentType::registration, "wildcarded-psi", "N", Outcome::in_assignment_type, "N"},
    {"PSI is deregistered by its user", AssignmentType::user_deregistration, "psi", "U own", Outcome::success, "N"},
    {"PSI is deregistered by its user, unregistered at another S-CSCF", AssignmentType::user_deregistration, "psi",
     "U other", Outcome::in_assignment_type, "U other"},
    {"PSI that nobody serves is deregistered by its user", AssignmentType::user_deregistration, "psi", "N",
     Outcome::in_assignment_type, "N"},
    {"PSI is stored for its user", AssignmentType::user_deregistration_store_server_name, "psi", "U own",
     Outcome::success, "U own"},
    {"PSI is stored", AssignmentType::timeout_deregistration_store_server_name, "psi", "U own", Outcome::success,
     "U own"},
    {"PSI is not stored", AssignmentType::timeout_deregistration_store_server_name, "psi drop", "U own",
     Outcome::server_name_not_stored, "N"},
    {"wildcarded PSI is deregistered by its user", AssignmentType::user_deregistration, "wildcarded-psi", "U own",
     Outcome::success, "N"},
    {"PSI fails to authenticate", AssignmentType::authentication_failure, "psi", "U own", Outcome::in_assignment_type,
     "U own"},
    {"PSI is served", AssignmentType::unregistered_user, "psi anonymous", "N", Outcome::success, "U own"},
    {"wildcarded PSI is served", AssignmentType::unregistered_user, "wildcarded-psi anonymous", "N", Outcome::success,
     "U own"},
    {"profile of a PSI", AssignmentType::no_assignment, "psi", "U own", Outcome::success, "U own"},
    {"PSI times out", AssignmentType::timeout_deregistration, "psi", "U own", Outcome::success, "N"},
    {"PSI is taken away", AssignmentType::administrative_deregistration, "psi", "U own", Outcome::success, "N"},
    {"PSI had too much data", AssignmentType::deregistration_too_much_data, "psi", "U own", Outcome::success, "N"},
    {"wildcarded PUI is served", AssignmentType::unregistered_user, "wildcarded-pui", "N", Outcome::success, "U own"},
    {"wildcarded PUI times out", AssignmentType::timeout_deregistration, "wildcarded-pui", "R ar own", Outcome::success,
     "N"},
    {"wildcarded PUI is stored", AssignmentType::timeout_deregistration_store_server_name, "wildcarded-pui", "R ar own",
     Outcome::success, "U own"},
    {"wildcarded PUI registers", AssignmentType::registration, "wildcarded-pui", "N ap own",
     Outcome::in_assignment_type, "N ap own"},
    {"wildcarded PUI re-registers", AssignmentType::re_registration, "wildcarded-pui", "R ar own",
     Outcome::in_assignment_type, "R ar own"},
    {"wildcarded PUI is deregistered by its user", AssignmentType::user_deregistration, "wildcarded-pui", "R ar own",
     Outcome::in_assignment_type, "R ar own"},
    {"wildcarded PUI is stored for its user", AssignmentType::user_deregistration_store_server_name, "wildcarded-pui",
     "R ar own", Outcome::in_assignment_type, "R ar own"},
    {"wildcarded PUI fails to authenticate", AssignmentType::authentication_failure, "wildcarded-pui", "N ap own",
     Outcome::in_assignment_type, "N ap own"},
    {"wildcarded PUI takes long to authenticate", AssignmentType::authentication_timeout, "wildcarded-pui", "N ap own",
     Outcome::in_assignment_type, "N ap own"},
    // Wildcarded-Public-Identity
    {"the wildcard is named", AssignmentType::timeout_deregistration, "wildcarded-pui names-it", "R ar own",
     Outcome::success, "N"},
    {"an old wildcard is named", AssignmentType::timeout_deregistration, "wildcarded-pui names-old", "R ar own",
     Outcome::in_assignment_type, "R ar own"},
    {"a wildcard is named for a distinct identity", AssignmentType::timeout_deregistration, "names-old", "R ar own",
     Outcome::in_assignment_type, "R ar own"},
    {"a wildcard means nothing with a registration", AssignmentType::registration, "names-old", "N ap own",
     Outcome::success, "R ar own"},
    {"a wildcard means nothing without an identity", AssignmentType::timeout_deregistration, "impi-only names-old",
     "R ar own", Outcome::success, "N"},
};

struct Asked {
  hss::ServerAssignmentRequest request;
  hss::AssignmentRows::Member member;
  hss::AssignmentPolicy policy;
};

bool says(const std::string& ask, const std::string& word) {
  return (" " + ask + " ").find(" " + word + " ") != std::string::npos;
}

void ask_for(const std::string& ask, Asked& out) {
  auto& request = out.request;
  request.features.sent = says(ask, "restoration") || says(ask, "featured");
  request.features.offered = (says(ask, "restoration") ? hss::feature::ims_restoration : 0) |
                             (says(ask, "p-cscf") ? hss::feature::p_cscf_restoration : 0);
  request.multiple_registration = says(ask, "multiple");
  request.p_cscf_restoration = says(ask, "p-cscf") || says(ask, "p-cscf-unoffered");
  out.policy.keep_server_name = !says(ask, "drop");
  if (says(ask, "info")) {
    request.restoration = tests::restoration_of(request.impi);
  }
}

void ask_as(const std::string& ask, Asked& out) {
  auto& impu = out.member.impus.back();
  impu.set_id = says(ask, "unknown-impu") ? 0 : impu.set_id;
  impu.subscription_id = says(ask, "foreign") ? 4 : 3;
  impu.psi_active = !says(ask, "inactive");
  if (says(ask, "psi")) {
    impu.type = hss::IdentityType::distinct_psi;
  }
  if (says(ask, "wildcarded-psi") || says(ask, "wildcarded-pui")) {
    impu.type = says(ask, "wildcarded-psi") ? hss::IdentityType::wildcarded_psi : hss::IdentityType::wildcarded_pui;
    impu.wildcard = "sip:chat-!.*!@ims.test";
  }
  if (says(ask, "names-it") || says(ask, "names-old")) {
    out.request.wildcard = says(ask, "names-it") ? "sip:chat-!.*!@ims.test" : "sip:old-!.*!@ims.test";
  }
  if (says(ask, "anonymous") || says(ask, "nobody")) {
    out.request.impi.clear();
    out.member.impi_id = 0;
  }
  if (says(ask, "impi-only") || says(ask, "nobody")) {
    out.request.impus.clear();
    out.member.impus.clear();
  }
  out.member.impi_id = says(ask, "unknown-impi") ? 0 : out.member.impi_id;
  out.member.subscription = says(ask, "nobody") ? hss::none : 0;
}

Asked asked(const Row& row) {
  Asked out;
  const bool second = says(row.ask, "b");
  out.request.type = row.type;
  out.request.impi = second ? "b@ims.test" : "a@ims.test";
  out.request.server_name = tests::own_server;
  out.request.requester = tests::own_host;
  out.member.impi_id = second ? 2 : 1;
  out.request.impus = {"sip:a@ims.test"};
  out.member.impus = {tests::found(says(row.ask, "set-6") ? 6 : 5)};
  if (says(row.ask, "two")) {
    out.request.impus.emplace_back("sip:six@ims.test");
    out.member.impus.push_back(tests::found(6));
  }
  ask_for(row.ask, out);
  ask_as(row.ask, out);
  return out;
}

class ServerAssignment : public testing::TestWithParam<Row> {};

TEST_P(ServerAssignment, ends_as_the_table_says) {
  const Row& row = GetParam();
  const Asked asked_now = asked(row);
  hss::AssignmentRows rows{{asked_now.member}, {tests::subscription(row.prior)}};
  const auto decision = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  EXPECT_EQ(hss::code_of(decision.answer.outcome).name, hss::code_of(row.outcome).name);
  EXPECT_EQ(tests::line_of(rows.subscriptions[0]), row.after);
}

// What is not marked as changed is not written.
TEST_P(ServerAssignment, marks_exactly_what_it_changes) {
  const Row& row = GetParam();
  const Asked asked_now = asked(row);
  const auto before = tests::subscription(row.prior);
  hss::AssignmentRows rows{{asked_now.member}, {before}};
  hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  const auto& after = rows.subscriptions[0];
  EXPECT_EQ(after.row.changed, after.row.scscf_name != before.row.scscf_name ||
                                   after.row.reassignment_pending != before.row.reassignment_pending);
  for (std::size_t i = 0; i < after.sets.size(); ++i) {
    EXPECT_EQ(after.sets[i].changed, after.sets[i].state != before.sets[i].state);
  }
  for (std::size_t i = 0; i < after.associations.size(); ++i) {
    const auto& was = before.associations[i];
    const auto& is = after.associations[i];
    EXPECT_EQ(is.changed, is.registered != was.registered || is.auth_pending != was.auth_pending ||
                              is.restoration_unannounced != was.restoration_unannounced);
    EXPECT_TRUE(is.restoration_changed || is.restoration == was.restoration);
  }
}

// An authentication that began too long ago is as none, and is cleared with what is written.
TEST(AgedAuthentication, counts_no_longer) {
  for (const auto type :
       {AssignmentType::registration, AssignmentType::authentication_failure, AssignmentType::timeout_deregistration}) {
    const Asked asked_now = asked({"", type, "", "", Outcome::success, ""});
    hss::AssignmentRows rows{{asked_now.member}, {tests::subscription("R ar own")}};
    auto& associations = rows.subscriptions[0].associations;
    associations[0].pending_is_old = true;
    associations[2].pending_is_old = true;  // of another set
    const auto decision = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
    EXPECT_EQ(decision.answer.outcome, Outcome::success);
    const bool leaves = type == AssignmentType::timeout_deregistration;
    EXPECT_EQ(tests::line_of(rows.subscriptions[0]), leaves ? "N" : "R ar own");
    EXPECT_TRUE(associations[0].changed);
    EXPECT_FALSE(associations[0].pending_is_old);
    EXPECT_EQ(associations[2].pending_is_old, !leaves);
  }
}

// The same request again, after anything at all may have happened, changes nothing and ends as before.
TEST_P(ServerAssignment, repeated_changes_nothing) {
  const Row& row = GetParam();
  Asked asked_now = asked(row);
  hss::AssignmentRows rows{{asked_now.member}, {tests::subscription(row.prior)}};
  const auto first = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  if (!first.remember) {
    EXPECT_TRUE(row.type == AssignmentType::no_assignment || tests::line_of(rows.subscriptions[0]) == row.prior);
    return;
  }
  for (const char* now : {"N", "R arpi br other", "U own", "R ar 6R own reassign"}) {
    rows.subscriptions[0] = tests::subscription(now);
    rows.members[0].seen = first.answer.outcome;
    const auto again = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
    EXPECT_EQ(again.answer.outcome, first.answer.outcome);
    EXPECT_EQ(again.note, hss::AssignmentNote::repeated);
    EXPECT_FALSE(again.remember);
    EXPECT_EQ(tests::line_of(rows.subscriptions[0]), now);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ServerAssignment, testing::ValuesIn(table), [](const auto& param) {
  std::string out = param.param.claim;
  std::ranges::replace_if(
      out, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return std::to_string(param.index) + "_" + out;
});

}  // namespace

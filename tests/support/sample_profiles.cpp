// SPDX-License-Identifier: Apache-2.0
// Rows of the sample documents, written down from tests/data/user_data by hand.
#include "tests/support/sample_profiles.h"

#include <array>

namespace support {
namespace {

using hss::IdentityType;
using hss::InitialFilterCriteria;
using hss::ServicePointTrigger;
using hss::TriggerKind;

constexpr hss::ServiceProfileRevision first{1, 1};

hss::SetMember member(std::string identity, IdentityType type = IdentityType::distinct_pui) {
  return {.identity = std::move(identity), .type = type, .service_profile = first};
}

// Identities that share a ServiceProfile element are aliases.
std::vector<hss::SetMember> aliases(const std::string& group, std::vector<hss::SetMember> members) {
  for (auto& one : members) {
    one.alias_group = group;
  }
  return members;
}

ServicePointTrigger trigger(bool negated, std::vector<std::int32_t> groups, TriggerKind kind, std::string subject) {
  return {.negated = negated, .groups = std::move(groups), .kind = kind, .subject = std::move(subject)};
}
ServicePointTrigger method(std::int32_t group, std::string name, std::vector<std::uint8_t> types = {}) {
  auto out = trigger(false, {group}, TriggerKind::method, std::move(name));
  out.registration_types = std::move(types);
  return out;
}
ServicePointTrigger session_case(std::vector<std::int32_t> groups, std::uint8_t number) {
  auto out = trigger(false, std::move(groups), TriggerKind::session_case, "");
  out.session_case = number;
  return out;
}
ServicePointTrigger with_content(ServicePointTrigger out, std::string content) {
  out.content = std::move(content);
  return out;
}

hss::ServiceProfile service(std::vector<InitialFilterCriteria> criteria) {
  return {.id = first.id, .revision = first.revision, .criteria = std::move(criteria)};
}

SampleProfile simple() {
  auto barred = member("sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  barred.barred = true;
  return {{.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org",
           .members = aliases("g1", {member("sip:+99900000001@ims.mnc001.mcc001.3gppnetwork.org"),
                                     member("tel:+99900000001"), barred})},
          {service({{.priority = 10,
                     .condition_type_cnf = false,
                     .triggers = {method(0, "REGISTER", {0, 2}), method(1, "INVITE")},
                     .application_server = {.server_name = "sip:mmtel.ims.mnc001.mcc001.3gppnetwork.org:5060",
                                            .default_handling = 0}}})}};
}

SampleProfile two_servers() {
  auto alice = member("sip:alice@example.test");
  alice.display_name = "Alice Example";
  alice.alias_group = "grp-1";
  auto tel = member("tel:+99900000100");
  tel.alias_group = "grp-1";
  auto services =
      service({{.priority = 0,
                .condition_type_cnf = false,
                .triggers = {method(0, "REGISTER", {0}), method(1, "INVITE"), session_case({1, 2}, 0),
                             method(2, "MESSAGE"), trigger(true, {2}, TriggerKind::request_uri, "sip:.*conference.*")},
                .application_server = {"sip:as1.example.test;lr", 1, "as1-opaque-token", true, true},
                .profile_part = 0},
               {.priority = 1,
                .condition_type_cnf = true,
                .triggers = {method(0, "INVITE"), method(0, "SUBSCRIBE"), session_case({1}, 1), session_case({1}, 2),
                             with_content(trigger(false, {2}, TriggerKind::session_description, "m"), "audio.*"),
                             with_content(trigger(false, {2}, TriggerKind::session_description, "m"), "video.*"),
                             with_content(trigger(true, {3}, TriggerKind::sip_header, "X-Test"), "^skip")},
                .application_server = {.server_name = "sip:as2.example.test:5080", .default_handling = 0}}});
  services.media_profile_id = 30;
  services.service_ids = {"urn:urn-7:3gpp-service.ims.icsi.mmtel", "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg"};
  return {{.impi = "alice_private@example.test", .members = {alice, tel}}, {services}};
}

InitialFilterCriteria shared_criteria(std::int32_t priority, std::string name) {
  auto on_method = method(0, std::move(name));
  on_method.negated.reset();
  return {.priority = priority,
          .condition_type_cnf = true,
          .triggers = {on_method},
          .application_server = {.server_name = "sip:shared-as.example.test"}};
}

SampleProfile pbx() {
  auto main = member("sip:+99900000200@example.test");
  main.display_name = "PBX main";
  main.trace_info = "trace-profile-1";
  auto services = service({{.priority = 5,
                            .condition_type_cnf = false,
                            .triggers = {method(0, "INVITE"), session_case({0}, 3)},
                            .application_server = {.server_name = "sip:unreg-as.example.test", .default_handling = 1},
                            .profile_part = 1}});
  services.shared = {{7, {shared_criteria(100, "MESSAGE")}}, {12, {shared_criteria(200, "PUBLISH")}}};
  return {{.impi = "pbx1@example.test",
           .members = aliases("g3", {main, member("sip:+9990000!02.*!@example.test", IdentityType::wildcarded_pui)})},
          {services}};
}

SampleProfile chat() {
  return {{.impi = "chat-psi@example.test",
           .members = {member("sip:room-!.*!@chat.example.test", IdentityType::wildcarded_psi)},
           .match = hss::WildcardMatch{"sip:room-4711@chat.example.test", "sip:room-!.*!@chat.example.test"}},
          {service({{.priority = 0,
                     .application_server = {.server_name = "sip:chat-as.example.test", .default_handling = 1}}})}};
}

SampleProfile all_extensions() {
  auto bob = member("sip:bob@example.test");
  bob.display_name = "Bob";
  bob.alias_group = "g2";
  bob.priority_level = 2;
  bob.extended_priorities = {{"wps", "1"}};
  bob.max_registrations = 4;
  auto after_diversion = session_case({0}, 4);
  after_diversion.negated.reset();
  return {{.impi = "bob@example.test",
           .extension = {.imsi = "001010000000002", .reference_locations = {{"ADSL", "dsl-location", "line-0042"}}},
           .members = {bob}},
          {service({{.priority = 0,
                     .condition_type_cnf = false,
                     .triggers = {after_diversion},
                     .application_server = {.server_name = "sip:cdiv.example.test"}}})}};
}

}  // namespace

SampleProfile sample_profile(int number) {
  constexpr std::array samples{simple, two_servers, pbx, chat, all_extensions};
  return samples.at(static_cast<std::size_t>(number - 1))();
}

hss::UserDataForm sample_form(int number) {
  return {.shared_ifc_sets = number == 3, .alias_groups = number != 1 && number != 3};
}

SampleProfile hard_profile(int criteria) {
  const std::string hard = R"(a&b <c> "d" 'e' ]]> &amp; Zürich Ω 日本 😀)";
  auto one = member("sip:a&b'c@example.test");
  one.display_name = hard;
  one.alias_group = hard;
  one.trace_info = hard;
  std::vector<InitialFilterCriteria> all;
  for (int i = 0; i < criteria; ++i) {
    all.push_back({.priority = criteria - i,
                   .condition_type_cnf = true,
                   .triggers = {trigger(false, {0}, TriggerKind::request_uri, "^sip:.*[&<>\"'].*$"),
                                with_content(trigger(true, {1}, TriggerKind::sip_header, "X-<&>"), hard)},
                   .application_server = {.server_name = "sip:as.example.test;a=\"&'", .service_info = hard}});
  }
  auto services = service(std::move(all));
  services.service_ids = {hard};
  return {{.impi = "a&b@example.test", .extension = {.reference_locations = {{hard, hard, hard}}}, .members = {one}},
          {services}};
}

std::string rendered(const SampleProfile& profile, hss::UserDataForm form) {
  hss::UserDataRenderer renderer(1);
  const std::vector<hss::UserDataRenderer::Request> requests{{profile.user, form}};
  return renderer.render(requests, [&](auto) { return profile.services; }).front();
}

}  // namespace support

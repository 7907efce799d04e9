// SPDX-License-Identifier: Apache-2.0
// The part of User-Data that a service profile makes, in the order of TS 29.228 Annex B.
#include "hss/user_data/service_profile.h"

#include "hss/xml.h"

#include <algorithm>

namespace hss {
namespace {

using xml::add;
using xml::Node;
using xml::print;

void add_services(Node parent, const ServiceProfile& profile, Extensions extensions) {
  const bool names_services = !profile.service_ids.empty() && extensions == Extensions::full;
  if (!profile.media_profile_id && !names_services) {
    return;
  }
  auto element = parent.append_child("CoreNetworkServicesAuthorization");
  add(element, "SubscribedMediaProfileId", profile.media_profile_id);
  if (names_services) {
    auto list = element.append_child("Extension").append_child("ListOfServiceIds");
    for (const std::string& id : profile.service_ids) {
      add(list, "ServiceId", id);
    }
  }
}

void add_condition(Node element, const ServicePointTrigger& trigger) {
  const auto add_pair = [&](const char* name, const char* subject) {
    auto pair = element.append_child(name);
    add(pair, subject, trigger.subject);
    add(pair, "Content", trigger.content);
  };
  switch (trigger.kind) {
    case TriggerKind::request_uri:
      return add(element, "RequestURI", trigger.subject);
    case TriggerKind::method:
      return add(element, "Method", trigger.subject);
    case TriggerKind::sip_header:
      return add_pair("SIPHeader", "Header");
    case TriggerKind::session_case:
      return add(element, "SessionCase", trigger.session_case);
    case TriggerKind::session_description:
      return add_pair("SessionDescription", "Line");
  }
}

void add_trigger(Node parent, const ServicePointTrigger& trigger, Extensions extensions) {
  auto element = parent.append_child("SPT");
  add(element, "ConditionNegated", trigger.negated);
  for (const auto group : trigger.groups) {
    add(element, "Group", group);
  }
  add_condition(element, trigger);
  const auto is_listed = [&](int type) { return std::ranges::count(trigger.registration_types, type) > 0; };
  const int listed = int{is_listed(0)} + int{is_listed(1)} + int{is_listed(2)};
  if (listed == 0 || listed == 3 || extensions == Extensions::absent) {  // all three: any REGISTER, as without a list
    return;
  }
  auto extension = element.append_child("Extension");
  for (const int type : {0, 1, 2}) {
    if (is_listed(type)) {
      add(extension, "RegistrationType", type);
    }
  }
}

void add_application_server(Node parent, const ApplicationServer& server, Extensions extensions) {
  auto element = parent.append_child("ApplicationServer");
  add(element, "ServerName", server.server_name);
  add(element, "DefaultHandling", server.default_handling);
  add(element, "ServiceInfo", server.service_info);
  if (extensions != Extensions::full || (!server.include_register_request && !server.include_register_response)) {
    return;
  }
  auto extension = element.append_child("Extension");
  if (server.include_register_request) {
    extension.append_child("IncludeRegisterRequest");
  }
  if (server.include_register_response) {
    extension.append_child("IncludeRegisterResponse");
  }
}

void add_criteria(Node parent, const InitialFilterCriteria& criteria, Extensions extensions) {
  auto element = parent.append_child("InitialFilterCriteria");
  add(element, "Priority", criteria.priority);
  if (criteria.condition_type_cnf) {
    auto point = element.append_child("TriggerPoint");
    add(point, "ConditionTypeCNF", criteria.condition_type_cnf);
    for (const ServicePointTrigger& trigger : criteria.triggers) {
      add_trigger(point, trigger, extensions);
    }
  }
  add_application_server(element, criteria.application_server, extensions);
  add(element, "ProfilePartIndicator", criteria.profile_part);
}

bool are_named(const UserDataForm& form) { return form.shared_ifc_sets && form.extensions != Extensions::absent; }

// By priority: the profile's own, and those of shared sets unless they go by number.
std::vector<const InitialFilterCriteria*> written_out(const ServiceProfile& profile, const UserDataForm& form) {
  std::vector<const InitialFilterCriteria*> out;
  const auto append = [&](const std::vector<InitialFilterCriteria>& all) {
    for (const auto& one : all) {
      out.push_back(&one);
    }
  };
  append(profile.criteria);
  if (!are_named(form)) {
    for (const SharedIfcSet& set : profile.shared) {
      append(set.criteria);
    }
  }
  std::ranges::stable_sort(out, {}, [](const InitialFilterCriteria* one) { return one->priority; });
  return out;
}

}  // namespace

std::string render_service_profile(const ServiceProfile& profile, UserDataForm form) {
  pugi::xml_document scratch;
  add_services(scratch, profile, form.extensions);
  for (const InitialFilterCriteria* criteria : written_out(profile, form)) {
    add_criteria(scratch, *criteria, form.extensions);
  }
  if (are_named(form) && !profile.shared.empty()) {
    auto extension = scratch.append_child("Extension");
    for (const SharedIfcSet& set : profile.shared) {
      add(extension, "SharedIFCSetID", set.id);
    }
  }
  std::string out;
  for (const auto& element : scratch.children()) {
    print(element, out);
  }
  return out;
}

}  // namespace hss

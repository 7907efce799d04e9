// SPDX-License-Identifier: Apache-2.0
// The elements of User-Data in the order of TS 29.228 Annex B and the XML of its schema (TS 29.228 Annex E).
#include "hss/user_data/user_data.h"
#include "hss/xml.h"

#include <algorithm>
#include <iterator>

namespace hss {
namespace {

using xml::add;
using xml::Node;
using xml::print;

// A PublicIdentity element: a member, or what a wildcard of a member matched.
struct PublicIdentity {
  const SetMember* member;
  const std::string* identity;
  IdentityType type;
};

std::vector<PublicIdentity> public_identities(const UserProfile& profile, Extensions extensions) {
  std::vector<PublicIdentity> out;
  out.reserve(profile.members.size() + 1);
  for (const SetMember& member : profile.members) {
    const bool is_matched = profile.match && profile.match->wildcard == member.identity;
    const bool is_wildcarded_pui = member.type == IdentityType::wildcarded_pui;
    if (is_matched && !is_wildcarded_pui) {
      out.push_back({&member, &profile.match->identity, member.type});
      continue;
    }
    // Taken literally, as a parser must that does not know the type, a wildcarded PUI would be an identity of its own.
    if (!is_wildcarded_pui || extensions == Extensions::full) {
      out.push_back({&member, &member.identity, member.type});
    }
    if (is_matched) {
      out.push_back({&member, &profile.match->identity, IdentityType::non_distinct_pui});
    }
  }
  return out;
}

// Members of one ServiceProfile element.
struct Group {
  const SetMember* first;
  std::vector<PublicIdentity> identities;
};

// Whoever does not know AliasIdentityGroupID takes all identities of an element for aliases of each other, and whoever
// knows it those of which it is not said (TS 29.228 Annex B). So an element holds one alias group, or one identity.
bool are_aliases(const SetMember& a, const SetMember& b) {
  const bool same_profile = a.service_profile.has_value() == b.service_profile.has_value() &&
                            (!a.service_profile || a.service_profile->id == b.service_profile->id);
  return same_profile && a.alias_group && a.alias_group == b.alias_group;
}

bool may_be_default(const PublicIdentity& one) { return one.type == IdentityType::distinct_pui && !one.member->barred; }

// By the position of their first members, but no other identity that could be the default one comes before the default
// public user identity, which is the first one of the set that is distinct and not barred: a reader takes the first one
// of the document (TS 23.228 5.2.1a).
std::vector<Group> groups_of(const std::vector<PublicIdentity>& identities) {
  std::vector<Group> out;
  for (const PublicIdentity& one : identities) {
    const auto group = std::ranges::find_if(out, [&](const Group& g) { return are_aliases(*g.first, *one.member); });
    if (group != out.end()) {
      group->identities.push_back(one);
    } else {
      out.push_back({one.member, {one}});
    }
  }
  const auto standard = std::ranges::find_if(identities, may_be_default);
  if (standard == identities.end()) {
    return out;
  }
  const auto has_it = [&](const Group& g) {
    return std::ranges::find(g.identities, standard->identity, &PublicIdentity::identity) != g.identities.end();
  };
  std::stable_partition(out.begin(), std::next(std::ranges::find_if(out, has_it)), [&](const Group& g) {
    return has_it(g) || std::ranges::none_of(g.identities, may_be_default);
  });
  return out;
}

// Each level was added to the standard later and stands in the Extension of the one before.
class ExtensionChain {
 public:
  explicit ExtensionChain(Node element) : deepest_(element) {}
  [[nodiscard]] bool has_begun() const noexcept { return depth_ > 0; }
  // The Extension that many levels below the element; levels are filled from the outermost inwards.
  Node level(int depth) {
    for (; depth_ < depth; ++depth_) {
      deepest_ = deepest_.append_child("Extension");
    }
    return deepest_;
  }

 private:
  Node deepest_;
  int depth_ = 0;
};

bool is_of_wildcarded_pui(IdentityType type) {
  return type == IdentityType::wildcarded_pui || type == IdentityType::non_distinct_pui;
}

void add_later_extensions(ExtensionChain& chain, const PublicIdentity& one, bool alias_groups) {
  const SetMember& member = *one.member;
  const auto add_to = [&](int level, const char* name, const auto& value) {
    if (value) {
      add(chain.level(level), name, value);
    }
  };
  add_to(2, "DisplayName", member.display_name);
  if (alias_groups) {
    add_to(2, "AliasIdentityGroupID", member.alias_group);
  }
  if (is_of_wildcarded_pui(one.type)) {
    add(chain.level(3), "WildcardedIMPU", member.identity);
  }
  add_to(3, "ServiceLevelTraceInfo", member.trace_info);
  add_to(3, "ServicePriorityLevel", member.priority_level);
  for (const ExtendedPriority& priority : member.extended_priorities) {
    auto item = chain.level(4).append_child("ExtendedPriority");
    add(item, "PriorityNamespace", priority.name_space);
    add(item, "PriorityLevel", priority.level);
  }
  add_to(5, "MaxNumOfAllowedSimultRegistrations", member.max_registrations);
}

void add_identity_extensions(Node element, const PublicIdentity& one, const UserDataForm& form) {
  if (form.extensions == Extensions::absent) {
    return;
  }
  const bool all = form.extensions == Extensions::full;
  ExtensionChain chain(element);
  if (one.type == IdentityType::wildcarded_psi) {
    add(chain.level(1), "WildcardedPSI", one.member->identity);
  }
  if (all) {
    add_later_extensions(chain, one, form.alias_groups);
  }
  const bool says_type = one.type != IdentityType::distinct_pui && (all || !is_of_wildcarded_pui(one.type));
  if (says_type || chain.has_begun()) {
    chain.level(1);
    xml::set_text(element.last_child().prepend_child("IdentityType"), xml::text_of(static_cast<int>(one.type)));
  }
}

Node add_public_identity(Node parent, const PublicIdentity& one, const UserDataForm& form, bool says_barred) {
  auto element = parent.append_child("PublicIdentity");
  if (says_barred) {
    add(element, "BarringIndication", one.member->barred);
  }
  add(element, "Identity", *one.identity);
  add_identity_extensions(element, one, form);
  return element;
}

Node add_private_extension(Node parent, const PrivateExtension& extension) {
  auto element = parent.append_child("Extension");
  add(element, "IMSI", extension.imsi);
  if (!extension.reference_locations.empty()) {
    auto inner = element.append_child("Extension");
    for (const ReferenceLocation& location : extension.reference_locations) {
      auto item = inner.append_child("ReferenceLocationInformation");
      add(item, "AccessType", location.access_type);
      add(item, "AccessInfo", location.access_info);
      add(item, "AccessValue", location.access_value);
    }
  }
  return element;
}

}  // namespace

std::string render_user_data(const UserProfile& profile, UserDataForm form, const ServiceProfileText& service_profile) {
  const auto identities = public_identities(profile, form.extensions);
  // Said of all when one is barred, and of none otherwise: absent means not barred.
  const bool says_barred = std::ranges::any_of(identities, [](const auto& one) { return one.member->barred; });
  pugi::xml_document scratch;
  std::string out = R"(<?xml version="1.0" encoding="UTF-8"?><IMSSubscription>)";
  add(scratch, "PrivateID", profile.impi);
  print(scratch.first_child(), out);
  for (const Group& group : groups_of(identities)) {
    out += "<ServiceProfile>";
    for (const PublicIdentity& one : group.identities) {
      print(add_public_identity(scratch, one, form, says_barred), out);
    }
    if (group.first->service_profile) {
      out += service_profile(*group.first->service_profile);
    }
    out += "</ServiceProfile>";
  }
  const bool has_extension = profile.extension.imsi || !profile.extension.reference_locations.empty();
  if (has_extension && form.extensions == Extensions::full) {
    print(add_private_extension(scratch, profile.extension), out);
  }
  return out += "</IMSSubscription>";
}

}  // namespace hss

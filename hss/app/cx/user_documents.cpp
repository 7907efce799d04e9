// SPDX-License-Identifier: Apache-2.0
// Rows to documents and digests.
#include "hss/app/cx/user_documents.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace hss::app {
namespace {

UserProfile profile_of(const WantedUserData& wanted, const ProfileRows& rows) {
  const auto members = rows.members.find(wanted.set_id);
  const auto extension = rows.private_extensions.find(wanted.impi_id);
  if (members == rows.members.end() || extension == rows.private_extensions.end()) {
    throw StoreError(StoreFailure::busy, "identity was provisioned again meanwhile");
  }
  return {wanted.impi, extension->second, members->second, wanted.match};
}

// A document that does not fit is refused and has been told to nobody.
bool may_be_sent(const std::string& document) { return document.size() + octets_beside_document <= longest_message; }

std::int64_t revision_of(const std::vector<SetMember>& members) {
  std::int64_t sum = 0;
  for (const SetMember& member : members) {
    sum += member.service_profile ? member.service_profile->revision : 0;
  }
  return sum;
}

std::string default_of(const std::vector<SetMember>& members) {
  const auto found = std::ranges::find_if(
      members, [](const SetMember& member) { return member.type == IdentityType::distinct_pui && !member.barred; });
  return found == members.end() ? std::string() : found->identity;
}

}  // namespace

std::vector<UserDocument> UserDocuments::render(std::span<const WantedUserData> wanted, const ProfileRows& profiles,
                                                const UserDataRenderer::ReadProfiles& read) {
  std::vector<UserDataRenderer::Request> all;
  for (const WantedUserData& one : wanted) {
    all.push_back({profile_of(one, profiles), one.form});
    if (one.match) {  // twice: what it got stands for the whole set
      all.push_back({all.back().profile, one.form});
      all.back().profile.match.reset();
    }
  }
  auto texts = renderer_.render(all, read);
  std::vector<UserDocument> out;
  std::size_t next = 0;
  for (const WantedUserData& one : wanted) {
    std::string text = std::move(texts[next++]);
    const std::string& of_set = one.match ? texts[next++] : text;
    std::string digest = may_be_sent(text) ? digest_.of(one.addressee, of_set) : std::string();
    const auto& members = profiles.members.at(one.set_id);
    out.push_back(
        {std::move(text), std::move(digest), revision_of(members) + one.charging_revision, default_of(members)});
  }
  return out;
}

}  // namespace hss::app

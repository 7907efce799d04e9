// SPDX-License-Identifier: Apache-2.0
// Texts of service profiles kept between requests; a batch reads at most once what is not there.
#include "hss/user_data/renderer.h"

#include "hss/store_error.h"
#include "hss/user_data/service_profile.h"

#include <algorithm>

namespace hss {

UserDataRenderer::UserDataRenderer(std::size_t kept) : capacity_(std::max<std::size_t>(kept, 1)) {}

UserDataRenderer::Text UserDataRenderer::find(const Key& key, std::int64_t revision) {
  const auto place = places_.find(key);
  if (place == places_.end() || place->second->revision != revision) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->text;
}

void UserDataRenderer::keep(const Key& key, std::int64_t revision, Text text) {
  if (const auto place = places_.find(key); place != places_.end()) {
    entries_.erase(place->second);
    places_.erase(place);
  }
  entries_.push_front({key, revision, std::move(text)});
  places_.emplace(key, entries_.begin());
  if (entries_.size() > capacity_) {
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

void UserDataRenderer::read_missing(Texts& texts, const ReadProfiles& read) {
  std::vector<std::int64_t> ids;
  for (const auto& [key, text] : texts) {
    if (!text && (ids.empty() || ids.back() != key.id)) {
      ids.push_back(key.id);
    }
  }
  if (ids.empty()) {
    return;
  }
  const auto profiles = read(ids);
  for (auto& [key, text] : texts) {
    if (text) {
      continue;
    }
    const auto profile = std::ranges::find(profiles, key.id, &ServiceProfile::id);
    if (profile == profiles.end()) {
      throw StoreError(StoreFailure::busy, "service profile was provisioned again meanwhile");
    }
    text = std::make_shared<const std::string>(
        render_service_profile(*profile, {.shared_ifc_sets = key.shared_ifc_sets, .extensions = key.extensions}));
    keep(key, profile->revision, text);
  }
}

std::vector<std::string> UserDataRenderer::render(std::span<const Request> requests, const ReadProfiles& read) {
  Texts texts;  // of this batch; null: to be read
  for (const Request& request : requests) {
    for (const SetMember& member : request.profile.members) {
      if (member.service_profile) {
        const auto [place, is_new] = texts.try_emplace(key_of(member.service_profile->id, request.form));
        place->second = is_new ? find(place->first, member.service_profile->revision) : place->second;
      }
    }
  }
  read_missing(texts, read);
  std::vector<std::string> out;
  out.reserve(requests.size());
  for (const Request& request : requests) {
    out.push_back(render_user_data(request.profile, request.form, [&](const ServiceProfileRevision& wanted) {
      return std::string_view(*texts.at(key_of(wanted.id, request.form)));
    }));
  }
  return out;
}

}  // namespace hss

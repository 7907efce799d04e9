// SPDX-License-Identifier: Apache-2.0
// User-Data for answers and pushes, with what each document is remembered by.
#pragma once

#include "hss/app/cx/document_digest.h"
#include "hss/cx/assignment_store.h"
#include "hss/cx/server_assignment/server_assignment.h"
#include "hss/user_data/renderer.h"

#include <cstddef>
#include <span>
#include <vector>

namespace hss::app {

inline constexpr std::size_t longest_message = 65535;  // that freeDiameter and others take
// What every message with a document may have beside: Session-Id, Proxy-Info (8,192 octets), names, charging, all at
// their limits (docs/texts.md).
inline constexpr std::size_t octets_beside_document = 16384;

// One thread at a time.
class UserDocuments {
 public:
  // Keeps the texts of that many service profiles.
  explicit UserDocuments(std::size_t profiles_kept) : renderer_(profiles_kept) {}

  // In the order of what is wanted; `read` gives service profiles that are not kept. A document that no message can
  // hold has no digest. Throws StoreError, also where rows that were just read have gone (busy).
  std::vector<UserDocument> render(std::span<const WantedUserData> wanted, const ProfileRows& profiles,
                                   const UserDataRenderer::ReadProfiles& read);

 private:
  UserDataRenderer renderer_;
  DocumentDigest digest_;
};

}  // namespace hss::app

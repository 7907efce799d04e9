// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth of Zh decided on rows: who is meant, whether GBA is allowed, one number, the settings to tell
// (TS 29.109 4.2). Pure.
#pragma once

#include "hss/issue.h"
#include "hss/zh/messages.h"
#include "hss/zh/user_store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hss::zh {

// One request of a batch.
struct AuthenticationCase {
  const MultimediaAuthRequest* request = nullptr;
  std::span<const std::string> impis_of_impu;  // of a request without User-Name, as UserStore::impis_of has them
  std::optional<CheckedAuts> checked;          // of a request with AUTS
};

// Settings that the answer tells.
struct SettingsToTell {
  UserSecuritySettings settings;
  std::uint32_t changed_at = 0;  // seconds since 1900
};

struct AuthenticationDecision {
  std::string held;  // a number state that somebody else holds; not empty: nothing is decided
  Outcome outcome = Outcome::unable_to_comply;
  IssuedNumbers issued;                          // one number with success, durable when the batch returns
  std::shared_ptr<const hsm::KeyReference> key;  // of the credential, as soon as it is known
  bool has_numbers = false;                      // false, with a key: the credential has no fingerprint
  std::optional<SettingsToTell> settings;        // with success
};

// Whom the requests of a batch are about; the views are into it and into them. Several IMPIs of one IMPU are nobody.
class AskedUsers {
 public:
  explicit AskedUsers(std::span<const AuthenticationCase> work);
  AskedUsers(const AskedUsers&) = delete;
  AskedUsers& operator=(const AskedUsers&) = delete;
  [[nodiscard]] std::span<const AskedUser> all() const noexcept { return asked_; }

 private:
  std::vector<std::string> imsis_;  // as many as there are requests
  std::vector<AskedUser> asked_;
};

// The whole batch in one transaction: lock, decide, write, commit. One decision per member, in order. Blocks for the
// store; throws StoreError, and then nothing is known to be written.
std::vector<AuthenticationDecision> authenticate(UserTransaction& transaction, std::span<const AuthenticationCase> work,
                                                 const NumberPolicy& policy, NumberInputs inputs);

// SIP-Authentication-Scheme of the vector: as asked.
std::string answered_scheme(const MultimediaAuthRequest& request);

}  // namespace hss::zh

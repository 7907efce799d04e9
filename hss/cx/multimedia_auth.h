// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth decided on rows: registration part, and the order for sequence numbers (TS 29.228 6.3). Pure.
#pragma once

#include "auc/sqn.h"
#include "hss/cx/authentication_store.h"
#include "hss/cx/messages.h"
#include "hss/issue.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss {

struct AuthenticationPolicy {
  NumberPolicy numbers;
  std::uint32_t max_items = 5;
  bool accept_unknown_scheme = true;
};

// One request of a batch.
struct AuthenticationCase {
  const MultimediaAuthRequest* request = nullptr;
  std::optional<CheckedAuts> checked;  // of a request with AUTS
};

struct AuthenticationDecision {
  std::string held;  // a row that somebody else holds; not empty: nothing is decided
  Outcome outcome = Outcome::unable_to_comply;
  ResyncNote resync = ResyncNote::unused;
  std::vector<auc::Sqn> sqns;                    // durable when the batch returns; ascending
  std::shared_ptr<const hsm::KeyReference> key;  // of the credential, as soon as it is known
  bool has_numbers = false;                      // false, with a key: the credential has no fingerprint
  bool over_budget = false;                      // this peer has taken too many numbers of this K
  std::vector<std::uint8_t> rand_nonce;          // not empty: RANDs have to be proved with it (hss/proved_rand.h)
  Scheme scheme = Scheme::unsupported;           // by which the user is authenticated
  std::shared_ptr<const SchemeData> data;        // of a scheme other than AKA, with success
  std::optional<std::string> other_name;  // of the assigned S-CSCF, if its host is the same (hss/cx/server_name.h)
};

// The whole batch in one transaction: lock, decide, write, commit. One decision per member, in order. A member that
// fails leaves its rows as they were. Blocks for the store; throws StoreError, and then nothing is known to be written.
std::vector<AuthenticationDecision> authenticate(AuthenticationTransaction& transaction,
                                                 std::span<const AuthenticationCase> work,
                                                 const AuthenticationPolicy& policy, NumberInputs inputs);

}  // namespace hss

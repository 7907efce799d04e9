// SPDX-License-Identifier: Apache-2.0
// The port to the database in the procedures' words: lock rows, read them, write what they became, commit.
#pragma once

#include "auc/sqn.h"
#include "hsm/kek_check.h"
#include "hsm/token.h"
#include "hss/credential_store.h"
#include "hss/cx/messages.h"
#include "hss/push.h"
#include "hss/store_error.h"
#include "hss/subscription.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hss {

struct AskedAuthentication {
  std::string impi;
  std::string impu;
  Scheme asked = Scheme::aka;  // decides what is locked and read besides the registration rows
};
// AKA needs the credential, the other schemes what is in SchemeData; Unknown may turn out to be any of them.
constexpr bool needs_credential(Scheme asked) noexcept { return asked == Scheme::aka || asked == Scheme::unknown; }
constexpr bool needs_scheme_data(Scheme asked) noexcept { return asked != Scheme::aka && asked != Scheme::unsupported; }

// SIP Digest of an IMPI; H(A1) is sealed with digest_binding (hss/cx/digest.h) under a data key of the token.
struct DigestRow {
  std::string realm;
  std::uint16_t data_key_id = 0;
  std::vector<std::uint8_t> md5_sealed;
  std::vector<std::uint8_t> sha256_sealed;  // empty: there is none
};
// What an IMPI without a credential is authenticated with.
struct SchemeData {
  std::int64_t impi_id = 0;
  std::optional<DigestRow> digest;
  std::vector<std::string> lines;
  std::optional<UeAddress> address;
};

// Rows that one Multimedia-Auth batch works on. Members point into the row vectors, so that two members of one
// subscription see each other's changes.
struct AuthenticationRows {
  struct Member {
    bool has_impi = false;
    bool has_impu = false;
    bool impu_is_distinct_pui = false;
    std::vector<Scheme> schemes;      // of the IMPI; the first is its default
    std::size_t subscription = none;  // of the IMPI
    std::size_t set = none;           // of the IMPU
    std::size_t impi_set = none;      // none: not associated
    std::shared_ptr<const SchemeData> scheme_data;
  };
  std::vector<Member> members;  // as many as were asked for, in that order
  CredentialRows credentials;   // its members are the same ones; known as far as was asked for
  std::vector<SubscriptionRow> subscriptions;
  std::vector<SetRow> sets;
  std::vector<ImpiSetRow> impi_sets;
  std::vector<Push> pushes;  // to be added to the outbox
};

// One transaction. Lock order, the same everywhere: number states by id, then subscriptions by id, never back.
// Destruction without commit rolls back. All block for at most the configured statement time-out; throw StoreError.
class AuthenticationTransaction {
 public:
  virtual ~AuthenticationTransaction() = default;

  // Locks the number states of the members that need one and reads what each needs. Registration rows are read, not
  // locked: a member that changes none of them may act on this reading (docs/architecture.md, "Why an unlocked read is
  // safe").
  virtual AuthenticationRows lock_credentials(std::span<const AskedAuthentication> members) = 0;

  // Locks those of these subscriptions (ids ascending) that nobody else holds and reads their registration rows, and
  // only theirs, again into `rows`. The ids that it got.
  virtual std::vector<std::int64_t> lock_subscriptions(std::span<const AskedAuthentication> members,
                                                       std::span<const std::int64_t> ids, AuthenticationRows& rows) = 0;

  // What is registered in these subscriptions, which are locked. Those without registrations are left out.
  virtual std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) = 0;

  // Writes changed rows and pushes, and commits. On return the commit is durable.
  virtual void commit(const AuthenticationRows& rows, auc::Domain domain) = 0;
};

class AuthenticationStore {
 public:
  virtual ~AuthenticationStore() = default;
  virtual std::unique_ptr<AuthenticationTransaction> begin_authentication() = 0;

  // Key material of an IMPI's credential without a lock, for checking an AUTS beforehand; null if there is none.
  virtual std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const std::string> impis) = 0;

  // KEKs known to the database, for the token to prove.
  virtual std::vector<hsm::KekCheck> kek_checks() = 0;
};

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// The port to the number states of credentials for any interface: lock them, read them, write what they became. No row
// of registration is read.
#pragma once

#include "auc/sqn.h"
#include "hsm/kek_check.h"
#include "hsm/token.h"
#include "hss/credential.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hss {

struct CredentialWanted {
  enum class By : std::uint8_t { impi, imsi };
  std::string_view identity;  // canonical; has to outlive the call; empty: this member wants none
  By by = By::impi;
};

// Number states that one batch works on. Members point into `rows`, so that two members of one K see each other's
// changes.
struct CredentialRows {
  struct Member {
    std::size_t credential = none;  // index into rows; one for all members with the same K
    std::shared_ptr<const hsm::KeyReference>
        key;                    // of the credential; without `credential`: its fingerprint is missing, or
    bool numbers_held = false;  // another transaction holds the number state
    bool is_ambiguous = false;  // IMPIs of this IMSI have different credentials: whose key it is, nobody can tell
    bool is_known = false;      // there is such an IMPI or IMSI, though it may have no credential
  };
  std::vector<Member> members;  // as many as were asked for, in that order
  std::vector<CredentialRow> rows;
  std::uint64_t seq_lead = 0;  // the global lead; read with the rows
};

// One transaction. Number states are locked in the order of their ids, and those that somebody else holds are not
// waited for. Destruction without commit rolls back. All block for at most the configured statement time-out; throw
// StoreError.
class CredentialTransaction {
 public:
  virtual ~CredentialTransaction() = default;

  // Once, and first. One round trip; one more when any member is left without a number state.
  virtual CredentialRows lock(std::span<const CredentialWanted> wanted) = 0;

  // Writes the rows that say `changed` or `rest_changed`, and commits. `domain`: the one that numbers were issued for.
  // On return the commit is durable, and the numbers may leave the process.
  virtual void commit(const CredentialRows& rows, auc::Domain domain) = 0;
};

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual std::unique_ptr<CredentialTransaction> begin() = 0;

  // Key material without a lock, for checking an AUTS beforehand; null: there is none, or it is ambiguous.
  virtual std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const CredentialWanted> wanted) = 0;

  // KEKs known to the database, for the token to prove.
  virtual std::vector<hsm::KekCheck> kek_checks() = 0;
};

}  // namespace hss

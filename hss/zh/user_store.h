// SPDX-License-Identifier: Apache-2.0
// The port to what Zh reads of a user: whether GBA is allowed, the user security settings, and the number state of the
// credential. No row of registration is written, and none but the associations of an IMPU is read.
#pragma once

#include "hss/credential_store.h"
#include "hss/zh/guss.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::zh {

// Views have to outlive the call.
struct AskedUser {
  std::string_view impi;  // canonical; empty: none
  std::string_view imsi;  // that the IMPI was made from; empty: from none
};

struct UserRow {
  bool may_use_aka = false;
  bool is_suspended = false;
  std::optional<UserSecuritySettings> settings;
  std::uint32_t settings_changed_at = 0;  // seconds since 1900
};

struct UserRows {
  struct Member {
    std::optional<UserRow> user;           // of the IMPI, or else of one that has the IMSI; nothing: there is none
    std::size_t credential_member = none;  // of that IMPI or that IMSI, in `credentials`; none: without `user`
  };
  std::vector<Member> members;  // as many as were asked for, in that order
  CredentialRows credentials;
};

// One transaction, as a CredentialTransaction. All block for at most the configured statement time-out; throw
// StoreError.
class UserTransaction {
 public:
  virtual ~UserTransaction() = default;

  // Once, and first. One round trip; one more when any member is left without a number state.
  virtual UserRows lock(std::span<const AskedUser> asked) = 0;

  // Writes the number states that say they have changed, and commits. On return it is durable.
  virtual void commit(const UserRows& rows, auc::Domain domain) = 0;
};

class UserStore {
 public:
  virtual ~UserStore() = default;
  virtual std::unique_ptr<UserTransaction> begin() = 0;

  // The IMPIs that a public user identity is associated with, one for each credential; those without AKA only where
  // none has it. Without a lock.
  virtual std::vector<std::vector<std::string>> impis_of(std::span<const std::string_view> impus) = 0;

  // Key material without a lock, for checking an AUTS beforehand; null: there is none, or it is ambiguous.
  virtual std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const AskedUser> asked) = 0;
};

}  // namespace hss::zh

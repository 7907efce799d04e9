// SPDX-License-Identifier: Apache-2.0
// What the operator's tool does to the database: sequence numbers by hand, KEKs, audit rows, facts. No libpq in here.
#pragma once

#include "auc/sqn.h"
#include "hsm/kek_check.h"
#include "hss/credential_store.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hss::pg {

class Connection;
struct Options;

struct AdminAccess {
  std::string conninfo;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{60000};  // an operator's scan of all credentials may take its time
  std::uint64_t lead_jump = 65536;
  std::filesystem::path witness;  // these as in Options
  unsigned ind_bits = 5;
  std::string policy;
  std::chrono::seconds pending_max_age{600};
};

Options options_of(const AdminAccess& access);

// The store that interfaces without registration use.
std::unique_ptr<CredentialStore> open_store(const AdminAccess& access);

struct CredentialSqn {
  std::string name;
  std::string fingerprint;  // 16 octets; empty: not taken yet, and all but the names is unknown
  auc::SqnState sqn;
  std::uint64_t cluster_lead = 0;  // what exceeds sqn.lead is still owed to SEQ
  std::optional<std::chrono::sys_seconds> resync_since;
  std::uint32_t resync_count = 0;
  std::uint64_t card_seq = 0;  // that the card is known to have reached
  std::string impis;           // that use it, separated by blanks
};

struct AuditEntry {
  std::string action;
  std::string subject;
  std::string detail;  // no secrets
};

// An operator's act on one SEQ; the database writes what it did into the audit itself.
struct SeqAct {
  std::string action;
  std::string note;
  bool card_is_there = false;  // else the card stays where it last gave a sign
};

inline constexpr std::uint64_t all_guards = 7;  // that DatabaseFacts has to tell of

struct DatabaseFacts {
  std::string server_version;
  std::int64_t schema_version = 0;
  std::string synchronous_commit;  // of this session, which forces it
  std::int64_t timeline = 0;
  std::uint64_t seq_lead = 0;
  std::chrono::sys_time<std::chrono::milliseconds> clock;
  std::uint64_t without_fingerprint = 0;  // credentials that are not served
  std::uint64_t guards = 0;               // triggers that keep numbers from going back, and are enabled ALWAYS
  std::uint64_t subscriptions = 0;        // of logical replication into this database
  std::string some_impi;                  // one that has a credential, to try its key; empty: there is none
};

// One connection, opened through the same gate as the server's: durability, schema version, timeline. One thread at a
// time. Every change commits together with its audit row. All throw StoreError.
class Admin {
 public:
  explicit Admin(const AdminAccess& access);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  std::optional<CredentialSqn> credential(std::string_view name);
  std::optional<CredentialSqn> credential_of(std::string_view impi);

  // Locks the credential's number state, writes the SEQ that `decide` makes of it, with the cluster's lead as read
  // counted as contained, and returns the row as it was; nothing when there is none. When `decide` throws, nothing is
  // changed.
  using Decision = std::function<std::uint64_t(const CredentialSqn&)>;
  std::optional<CredentialSqn> change_seq(std::string_view name, const Decision& decide, const SeqAct& act);

  // Adds to the lead of all credentials; returns the new lead.
  std::uint64_t raise_lead(std::uint64_t by, const AuditEntry& entry);
  // How many credentials would stand above `ceiling` then.
  std::uint64_t count_above(std::uint64_t ceiling, std::uint64_t after_lead_of);

  // How many cards may be further than `distance` below their numbers: by the lead that they owe, and, where SEQ only
  // counts, by what was taken since they last gave a sign.
  std::uint64_t count_far(std::uint64_t distance, bool counts_only);

  // Ten minutes in which one AUTS may take this card's SEQ far down.
  void arm_return(const CredentialSqn& row, const AuditEntry& entry);

  // False, and nothing changed, when the id is known already.
  bool add_kek(const hsm::KekCheck& check, const AuditEntry& entry);

  void audit(const AuditEntry& entry);
  DatabaseFacts facts();

 private:
  std::unique_ptr<const Options> options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hss::pg

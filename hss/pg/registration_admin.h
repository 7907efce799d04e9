// SPDX-License-Identifier: Apache-2.0
// What the operator's tool does to registrations: shows them, and has them ended. No libpq in here.
#pragma once

#include "hss/pg/admin.h"
#include "hss/pg/admin_lists.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hss::pg {

// Empty: any that is not plainly unregistered.
struct RegistrationFilter {
  std::string state;  // "registered", "unregistered", or "pending": somebody authenticates with the set
  std::string host;
  std::int64_t limit = 100;
};

// A registration set. At most a hundred of its identities are named, and counted all.
struct RegistrationLine {
  std::int64_t set = 0;
  std::string subscription;
  std::string state;
  std::string scscf_name;
  std::string scscf_host;
  std::string assigned_at;         // when the last Server-Assignment was answered; UTC
  std::string profile;             // "current", "behind" or "unknown" at its S-CSCF; empty: it has none
  std::int64_t pushes = 0;         // that wait
  std::vector<std::string> impis;  // "alice@example.net registered pending"
  std::int64_t impi_count = 0;
  std::vector<std::string> impus;  // "sip:alice@example.net barred"
  std::int64_t impu_count = 0;
  std::string json;  // all of that, as an object
};

// What an RTR would end now. At most a hundred identities of a kind are named, and counted all.
struct Ending {
  std::string identity;  // as it is stored
  std::string scscf_host;
  std::vector<std::string> impis;
  std::int64_t impi_count = 0;  // 0: nothing is registered, and there is no RTR
  std::vector<std::string> impus;
  std::int64_t impu_count = 0;
};

struct Deregistration {
  std::string identity;
  std::int64_t reason = 0;  // Reason-Code (TS 29.229 6.3.17)
  std::string info;         // Reason-Info, at most 255 octets
};

// One connection as that of Admin. One thread at a time. Every change commits together with its row of audit. All throw
// StoreError.
class RegistrationAdmin {
 public:
  explicit RegistrationAdmin(const AdminAccess& access);
  ~RegistrationAdmin();
  RegistrationAdmin(const RegistrationAdmin&) = delete;
  RegistrationAdmin& operator=(const RegistrationAdmin&) = delete;

  Page<RegistrationLine> list(const RegistrationFilter& filter);
  // Its sets, whatever their state; nothing when nobody is called so.
  std::optional<Page<RegistrationLine>> of(const NamedIdentity& identity, std::int64_t limit);

  // Nothing when nobody is called so.
  std::optional<Ending> would_end(const NamedIdentity& identity);
  void deregister(const Deregistration& wanted, const AuditEntry& entry);

 private:
  std::unique_ptr<const Options> options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hss::pg

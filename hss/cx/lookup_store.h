// SPDX-License-Identifier: Apache-2.0
// The port to the database for User-Authorization and Location-Info: rows of a batch in one snapshot, and the one
// change.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/cx/messages.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hss {

// What both commands ask of a subscription.
struct ServedSubscription {
  std::int64_t id = 0;  // 0: there is none
  std::optional<std::string> scscf_name;
  bool reassignment_pending = false;
  ServerCapabilities capabilities;
  // Server-Capabilities of an answer; absent means that any S-CSCF will do. Preferred S-CSCFs go without numbers, which
  // nobody would look at (TS 29.228 6.7).
  [[nodiscard]] std::optional<ServerCapabilities> offer() const {
    if (!capabilities.server_names.empty()) {
      return ServerCapabilities{{}, {}, capabilities.server_names};
    }
    return capabilities.empty() ? std::nullopt : std::optional(capabilities);
  }
};

// A request for User-Authorization looked up; what is not there is false or empty.
struct UserAuthorizationRow {
  bool has_impi = false;
  bool has_impu = false;  // under exactly this identity: a wildcard does not count
  bool impu_is_distinct_pui = false;
  bool is_associated = false;
  bool is_barred = false;
  bool has_unbarred_sibling = false;  // in the implicit registration set; looked for when barred
  bool may_register = false;          // the identity may, and the subscription is not suspended
  bool may_roam = false;              // into the visited network of the request
  bool auth_pending = false;          // of this IMPI in the identity's set
  RegistrationState state = RegistrationState::not_registered;
  ServedSubscription subscription;
};

// A request for Location-Info looked up, by the identity itself or else by the best wildcard.
struct LocationInfoRow {
  bool has_impu = false;
  std::optional<std::string> wildcard;  // the wildcarded identity that matched
  bool is_psi = false;
  bool psi_is_active = false;
  std::optional<std::string> psi_application_server;  // of direct routing
  bool has_unregistered_services = false;             // looked for when nothing is registered
  RegistrationState state = RegistrationState::not_registered;
  ServedSubscription subscription;
};

// Reads a whole batch in one snapshot without locks; one row a request, in order. Blocks for at most the statement
// time-out; throws StoreError.
class LookupReader {
 public:
  virtual ~LookupReader() = default;
  virtual std::vector<UserAuthorizationRow> read(std::span<const UserAuthorizationRequest* const> requests) = 0;
  virtual std::vector<LocationInfoRow> read(std::span<const LocationInfoRequest* const> requests) = 0;
};

// Holds the lock of some subscriptions; what it reads of them stays true until the end. Destruction without commit
// rolls back.
class ReassignmentTransaction : public LookupReader {
 public:
  // Those of the wanted ones that nobody else held; ascending.
  [[nodiscard]] virtual const std::vector<std::int64_t>& locked() const noexcept = 0;

  // Writes "reassignment pending" of these subscriptions, which must be locked, and commits. On return it is durable.
  virtual void commit(std::span<const std::int64_t> ids) = 0;
};

class LookupStore : public LookupReader {
 public:
  // Locks those of these subscriptions that nobody else holds; ids ascending, each once.
  virtual std::unique_ptr<ReassignmentTransaction> begin_reassignment(std::span<const std::int64_t> ids) = 0;
};

}  // namespace hss

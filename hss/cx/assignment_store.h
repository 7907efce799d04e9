// SPDX-License-Identifier: Apache-2.0
// The port to the database for Server-Assignment: whole subscriptions, locked, and what became of them.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/cx/messages.h"
#include "hss/push.h"
#include "hss/user_data/profile.h"
#include "hss/user_data/user_data.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hss {

struct PrivateIdentityRow {
  std::int64_t id = 0;
  std::string identity;
};

struct AssignmentSetRow {
  std::int64_t id = 0;
  RegistrationState state = RegistrationState::not_registered;
  bool changed = false;  // its generation moves
  std::int64_t generation = 0;
  std::optional<std::int64_t> assigned_ms_ago;
};

// What an S-CSCF got last of a set's profile, with whatever is needed to tell whether that is still all.
struct Told {
  std::string digest;            // of the document and whom it went to; empty: nothing, or nobody knows
  std::int64_t revision = 0;     // sum of the revisions of profiles and charging addresses, or an older one
  UserDataForm form;             // as the features of that S-CSCF admit it
  std::string default_identity;  // empty: there was none
  bool is_unasked = false;       // it said that it had a document, and may not have looked at this one
  bool is_by_older = false;      // written by a server that kept neither revision nor form
  bool operator==(const Told&) const = default;
};

// An IMPI's association with an implicit registration set.
struct AssociationRow {
  std::int64_t impi_id = 0;
  std::int64_t set_id = 0;
  bool auth_pending = false;
  bool pending_is_old = false;  // one began, but so long ago that it does not count
  bool registered = false;
  // What an S-CSCF left here; `unannounced`: without naming any features. It is read only if a member of the batch may
  // see such data; writing replaces whatever is stored, seen or not.
  std::optional<RestorationInfo> restoration;
  bool restoration_unannounced = false;
  bool changed = false;
  bool restoration_changed = false;
  bool assigned = false;  // anew or again: its generation moves
  std::int64_t generation = 0;
  std::optional<std::int64_t> assigned_ms_ago;
  Told told;
};

// All that belongs to one subscription and decides on an assignment.
struct AssignedSubscription {
  SubscriptionRow row;
  std::optional<ChargingInformation> charging;
  std::int64_t charging_revision = 0;
  std::vector<PrivateIdentityRow> impis;  // by id
  std::vector<AssignmentSetRow> sets;
  std::vector<AssociationRow> associations;
};

// A Public-Identity of a request as the database knows it.
struct FoundIdentity {
  std::int64_t set_id = 0;  // 0: unknown
  std::int64_t subscription_id = 0;
  IdentityType type = IdentityType::distinct_pui;
  std::optional<std::string> wildcard;  // which matched, or what the identity itself is; nothing: it is distinct
  bool psi_active = true;
  std::optional<bool> loose_route;
  std::optional<bool> privileged_sender;
};

// Rows that one batch works on. Members of one subscription share it and see each other's changes.
struct AssignmentRows {
  struct Member {
    std::int64_t impi_id = 0;          // 0: absent or unknown
    std::size_t subscription = none;   // of the IMPI, otherwise of the first identity that is known
    std::vector<FoundIdentity> impus;  // one for each of the request
    std::optional<Outcome> seen;       // the same request (T bit) was answered so
    std::int64_t held = 0;  // a subscription of it that another transaction holds; the rest is then not filled
  };
  std::vector<Member> members;  // as many as were asked for, in that order
  std::vector<AssignedSubscription> subscriptions;
};

// What was asked for whom. A request with the T bit is a repetition only if this is the same as well: an End-to-End
// Identifier may be used again, by chance or in the hope for somebody else's profile.
std::string asked_of(const ServerAssignmentRequest& request);

// The wildcard that the request names and the HSS goes by (Wildcarded-Public-Identity). None with a type that fits no
// wildcard, where it means nothing (TS 29.228 table 6.1.2.1).
std::optional<std::string_view> wildcard_of(const ServerAssignmentRequest& request);

// What one batch leaves in the database, besides the rows that say `changed`.
struct AssignmentWrites {
  struct Seen {
    std::string host;
    std::uint32_t end_to_end = 0;
    std::string asked;  // asked_of() the request
    Outcome outcome = Outcome::success;
  };
  std::vector<Push> pushes;
  std::vector<Seen> seen;           // requests, each once
  std::vector<std::int64_t> sets;   // whose members the answers may tell
  std::vector<std::int64_t> impis;  // whose extensions they may tell
};

// From the same transaction.
struct ProfileRows {
  std::unordered_map<std::int64_t, std::vector<SetMember>> members;       // by set
  std::unordered_map<std::int64_t, PrivateExtension> private_extensions;  // by IMPI
};

// One transaction. Subscriptions are locked in the order of their ids, and no credential after them.
// Destruction without commit rolls back. All block for at most the configured statement time-out; throw StoreError.
class AssignmentTransaction {
 public:
  virtual ~AssignmentTransaction() = default;

  // Locks the subscriptions of all requests, but those that somebody else holds (`held`), and then reads what belongs
  // to them, and which requests with the T bit have been seen. Where every request is a NO_ASSIGNMENT, all is read in
  // one snapshot without locks.
  virtual AssignmentRows lock(std::span<const ServerAssignmentRequest* const> requests) = 0;

  // What of these locked subscriptions was registered before; those without registrations are left out.
  virtual std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) = 0;

  // Writes and reads the profiles asked for.
  virtual ProfileRows write(const AssignmentRows& rows, const AssignmentWrites& writes) = 0;

  // Writes `told` of these associations and commits. On return the commit is durable.
  virtual void commit(std::span<const AssociationRow> told) = 0;
};

class AssignmentStore {
 public:
  virtual ~AssignmentStore() = default;
  virtual std::unique_ptr<AssignmentTransaction> begin_assignment() = 0;

  // Service profiles by id, ascending; also while a transaction is open. What is not there is left out.
  virtual std::vector<ServiceProfile> service_profiles(std::span<const std::int64_t> ids) = 0;

  // Forgets what this association was told, if that is still this digest.
  virtual void forget_told(const AssociationRow& told) = 0;

  // Forgets some of the requests that were seen so long ago that nobody repeats them. True: there may be more.
  virtual bool forget_requests() = 0;
};

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// The port to the database for pushes: changes that may concern an S-CSCF, and what is on its way to one.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/push.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hss {

// What was provisioned for one subscription (schema: change_cause).
enum class ChangeCause : std::uint8_t {
  members,
  subscription_charging,
  subscription_capabilities,
  suspended,
  schemes,
  imsi,
  location,
  digest,
  operator_word,
};

// A change, and what the locked subscription says of its set, if it is about one.
struct ChangeRow {
  std::int64_t id = 0;
  ChangeCause cause{};
  std::int64_t subscription_id = 0;
  std::int64_t set_id = 0;   // 0: all
  std::int64_t impi_id = 0;  // 0: all
  std::optional<DeregistrationReason> reason;
  std::string info;
  RegistrationState state = RegistrationState::not_registered;
  std::string default_identity;  // now; empty: there is none
  std::string told_default;      // as the S-CSCF knows it; empty: nobody knows
  bool is_service = false;
  bool service_is_active = false;
  bool is_suspended = false;
};

// What a change makes due.
enum class PushAct : std::uint8_t { profile, digest, end };
struct ChangeDecision {
  std::optional<PushAct> act;  // nothing: nobody need be told
  DeregistrationReason reason{};
  std::string info;
};

// One transaction over changes whose subscriptions nobody else holds. Destruction without commit rolls back.
class ChangeTransaction {
 public:
  virtual ~ChangeTransaction() = default;
  [[nodiscard]] virtual const std::vector<ChangeRow>& rows() const noexcept = 0;
  // One decision for each row. A change that concerned nobody is looked at once more: a registration that was under way
  // may not have seen it; and so is a suspension in any case, because what is pending goes on. What is held by others
  // is put off.
  virtual void commit(std::span<const ChangeDecision> decisions) = 0;
};

// A registration that a push ends when it is answered, if it is still the same one.
struct EndedRegistration {
  std::int64_t impi_id = 0;  // 0: the set, which nobody is registered in
  std::int64_t set_id = 0;
  std::int64_t generation = 0;
};

struct PushRow {
  std::int64_t id = 0;
  std::int64_t attempt = 0;  // tells this claim from any other
  PushKind kind{};
  std::string cause;
  std::int64_t subscription_id = 0;
  std::int64_t set_id = 0;   // of a PPR with a profile
  std::int64_t impi_id = 0;  // of a PPR with a digest, or with the profile as this private identity has it
  Requester destination;
  std::string impi;
  std::vector<std::string> associated;
  std::vector<std::string> impus;
  std::optional<DeregistrationReason> reason;
  std::string reason_info;
  std::vector<EndedRegistration> ends;  // of a PPR: those that the S-CSCF says it does not know
  std::int64_t names_tried = 0;         // of an RTR: User-Names that the S-CSCF did not know
  std::chrono::milliseconds age{0};
  bool is_overdue = false;  // as long as a push may wait
};

enum class PushState : std::uint8_t { waiting, done, superseded, given_up };

// How a claim ends. It is without effect where somebody else has the push by now.
struct PushWrite {
  std::int64_t id = 0;
  std::int64_t attempt = 0;
  PushState state = PushState::waiting;
  std::string error;                     // for people
  std::chrono::milliseconds due_in{0};   // of one that waits
  bool counts = true;                    // false: the attempt was none
  std::optional<EndedRegistration> end;  // to be added
  std::optional<std::string> user_name;  // changes places with this one of the associated
};

// An RTR that follows from a push.
struct EndOrder {
  std::int64_t subscription_id = 0;
  std::int64_t set_id = 0;
  std::string cause;
  DeregistrationReason reason{};
  std::string info;
};

struct PushWrites {
  std::vector<AssociationRow> told;  // of which `told` is written
  std::vector<PushWrite> pushes;
  std::vector<EndOrder> ends;
  std::vector<std::int64_t> profiles_again;  // sets that need a further PPR
  std::vector<std::int64_t> digests_again;   // IMPIs that do
};

// One transaction over whole subscriptions. Destruction without commit rolls back.
class PushTransaction {
 public:
  virtual ~PushTransaction() = default;
  // Those of these (ids ascending) that there are and nobody else holds.
  virtual AssignmentRows lock(std::span<const std::int64_t> subscriptions) = 0;
  // Those of these subscriptions that are there, and somebody else holds.
  virtual std::vector<std::int64_t> held(std::span<const std::int64_t> subscriptions) = 0;
  // Which of these claims nobody else has taken over.
  virtual std::vector<std::int64_t> still_ours(std::span<const PushRow* const> pushes) = 0;
  virtual ProfileRows read_profiles(std::span<const std::int64_t> sets, std::span<const std::int64_t> impis) = 0;
  virtual std::vector<ServiceProfile> service_profiles(std::span<const std::int64_t> ids) = 0;
  // H(A1) of these IMPIs, sealed.
  virtual std::vector<std::pair<std::int64_t, DigestRow>> digests(std::span<const std::int64_t> impis) = 0;
  // Those of these IMPIs, with their sets, of which an S-CSCF has left restoration information.
  virtual std::vector<std::pair<std::int64_t, std::int64_t>> restorable(std::span<const std::int64_t> impis) = 0;
  // Writes what of `rows` says `changed`, and the rest; on return it is durable.
  virtual void commit(const AssignmentRows& rows, const PushWrites& writes) = 0;
};

// All block for at most the statement time-out; throw StoreError. One thread at a time.
class PushStore {
 public:
  virtual ~PushStore() = default;

  // Null: there are none.
  virtual std::unique_ptr<ChangeTransaction> take_changes(std::size_t most) = 0;

  // Goes a page further with something shared that has changed. True: there is more to do at once.
  virtual bool look_through_shared() = 0;

  struct Destination {
    std::string host;
    bool has_overdue = false;
  };
  // Where something is due to.
  virtual std::vector<Destination> due_destinations() = 0;

  // Claims pushes to a host, one for each subscription that has none on its way. `overdue`: only such, of whatever
  // due time.
  virtual std::vector<PushRow> claim(const std::string& host, std::size_t most, std::chrono::milliseconds lease,
                                     bool overdue) = 0;

  virtual std::unique_ptr<PushTransaction> begin_push() = 0;

  // Forgets some of what ended long ago, and has all that is shared looked through now and then.
  virtual void do_housekeeping() = 0;
};

}  // namespace hss

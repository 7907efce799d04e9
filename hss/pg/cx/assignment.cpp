// SPDX-License-Identifier: Apache-2.0
// Three round trips for a batch: lock and read; write and read the profiles; commit. A batch that only reads has two.
#include "hss/pg/cx/assignment.h"

#include "hss/pg/cx/assignment_restoration.h"
#include "hss/pg/cx/assignment_rows.h"
#include "hss/pg/cx/assignment_writes.h"
#include "hss/pg/cx/profiles.h"
#include "hss/pg/outbox.h"

#include <array>

namespace hss::pg {
namespace {

class PgAssignmentTransaction final : public AssignmentTransaction {
 public:
  PgAssignmentTransaction(Connection& connection, std::chrono::seconds pending_max_age)
      : transaction_(connection), pending_max_age_(pending_max_age) {}

  AssignmentRows lock(AssignmentRequests requests) override {
    const AssignmentReading reading = reading_of(requests, pending_max_age_);
    writes_ = reading.takes_locks;
    const auto results = transaction_.begin(reading.commands, writes_ ? Access::write : Access::read);
    AssignmentRows rows = rows_of(requests, reading, results);
    if (lacks_restoration(requests, reading, rows)) {
      const std::array commands{restoration_command(requests)};
      read_restoration(transaction_.run(commands).front(), rows);
    }
    if (reading.takes_locks && lacks_any(requests, results.front())) {
      const std::array commands{unlocked_command(requests)};
      mark_held(requests, results.front(), transaction_.run(commands).front(), rows);
    }
    return rows;
  }

  std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) override {
    const std::array commands{read_registered_command(subscriptions)};
    return registered_in(transaction_.run(commands).front());
  }

  ProfileRows write(const AssignmentRows& rows, const AssignmentWrites& writes) override {
    std::vector<Command> reads;
    if (!writes.sets.empty()) {
      reads.push_back(read_set_members(writes.sets));
      reads.push_back(read_private_extensions(writes.impis));
    }
    const auto results = writes_ ? transaction_.write(writes_of(rows, writes), std::move(reads))
                                 : transaction_.commit({}, std::move(reads));
    return results.empty() ? ProfileRows{} : ProfileRows{set_members(results[0]), private_extensions(results[1])};
  }

  void commit(std::span<const AssociationRow> told) override {
    if (writes_) {
      transaction_.commit(told_writes(told));
    }
  }

 private:
  Transaction transaction_;
  std::chrono::seconds pending_max_age_;
  bool writes_ = true;  // otherwise it ends with the reading
};

}  // namespace

std::unique_ptr<AssignmentTransaction> PgAssignmentStore::begin_assignment() {
  return std::make_unique<PgAssignmentTransaction>(link_->connection(), link_->options().pending_max_age);
}

std::vector<ServiceProfile> PgAssignmentStore::service_profiles(std::span<const std::int64_t> ids) {
  const std::array commands{read_service_profiles(ids)};
  return pg::service_profiles(link_->connection().run(commands).front());
}

void PgAssignmentStore::forget_told(const AssociationRow& told) {
  const std::array commands{forget_told_command(told)};
  link_->connection().run(commands);
}

bool PgAssignmentStore::forget_requests() {
  const std::array commands{forget_requests_command()};
  return link_->connection().run(commands).front().affected() == forgotten_at_once;
}

}  // namespace hss::pg

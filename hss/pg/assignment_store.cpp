// Two round trips for a batch: lock and read; write, read the profiles, commit.
#include "hss/pg/assignment_store.h"

#include "hss/pg/assignment_rows.h"
#include "hss/pg/assignment_statements.h"
#include "hss/pg/profile_store.h"
#include "hss/pg/push_rows.h"

#include <array>

namespace hss::pg {
namespace {

class PgAssignmentTransaction final : public AssignmentTransaction {
 public:
  explicit PgAssignmentTransaction(Connection& connection) : transaction_(connection) {}

  AssignmentRows lock(AssignmentRequests requests) override {
    AssignmentReading reading = reading_of(requests);
    const auto results = transaction_.begin(reading.commands, reading.takes_locks ? Access::write : Access::read);
    return rows_of(requests, reading, results);
  }

  std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) override {
    const std::array commands{read_registered_command(subscriptions)};
    return registered_in(transaction_.run(commands).front());
  }

  ProfileRows commit(const AssignmentRows& rows, const AssignmentWrites& writes) override {
    std::vector<Command> reads;
    if (!writes.sets.empty()) {
      reads.push_back(read_set_members(writes.sets));
      reads.push_back(read_private_extensions(writes.impis));
    }
    const auto results = transaction_.commit(writes_of(rows, writes), std::move(reads));
    return results.empty() ? ProfileRows{} : ProfileRows{set_members(results[0]), private_extensions(results[1])};
  }

 private:
  Transaction transaction_;
};

}  // namespace

std::unique_ptr<AssignmentTransaction> PgAssignmentStore::begin_assignment() {
  return std::make_unique<PgAssignmentTransaction>(link_->connection());
}

std::vector<ServiceProfile> PgAssignmentStore::service_profiles(std::span<const std::int64_t> ids) {
  const std::array commands{read_service_profiles(ids)};
  return pg::service_profiles(link_->connection().run(commands).front());
}

bool PgAssignmentStore::forget_requests() {
  constexpr std::size_t step = 1000;  // of the statement
  const std::array commands{Command{&statement(AssignmentSql::forget_requests_seen), {}}};
  return link_->connection().run(commands).front().affected() == step;
}

}  // namespace hss::pg

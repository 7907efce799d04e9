// SPDX-License-Identifier: Apache-2.0
// The tool's statements on pushes, and what their rows mean.
#include "hss/pg/push_admin.h"

#include "hss/pg/admin_commands.h"
#include "hss/pg/cursor.h"
#include "hss/pg/transaction.h"

#include <array>

namespace hss::pg {
namespace {

// The registrations that an RTR was about ended when it was given up: it goes without them.
#define QUINTET_UNLESS_GIVEN_UP(column) \
  column " = CASE WHEN kind = 'rtr' AND state = 'given_up' THEN '{}' ELSE " column " END, "
// A sender that comes back with an answer finds that the push is not its own any more.
#define QUINTET_DUE_AGAIN \
  "UPDATE push SET state = 'waiting', "                                                      \
  QUINTET_UNLESS_GIVEN_UP("ends_impis")                                                      \
  QUINTET_UNLESS_GIVEN_UP("ends_sets")                                                       \
  QUINTET_UNLESS_GIVEN_UP("ends_generations")                                                \
  "names_tried = 0, due_at = now(), created_at = now(), settled_at = NULL, claimed_by = NULL," \
  " lease_until = NULL "

constexpr Statements statements{std::array{
    Statement{"list_pushes",
              "WITH sets AS (SELECT u.set_id AS id FROM impu u WHERE u.identity = $4::text"
              " UNION SELECT m.set_id FROM impi_set m JOIN impi i ON i.id = m.impi_id WHERE i.identity = $3::text),"
              " impis AS (SELECT i.id FROM impi i WHERE i.identity = $3::text"
              " UNION SELECT m.impi_id FROM impi_set m JOIN impu u ON u.set_id = m.set_id WHERE u.identity = $4::text)"
              " SELECT j.id, j.command, j.cause, j.state, j.host, j.who, j.attempts, coalesce(j.settled_at, j.due_at),"
              " j.last_error, row_to_json(j)::text FROM (SELECT w.id, upper(w.kind::text) AS command, w.cause,"
              " w.state::text AS state, w.destination_host AS host, coalesce(CASE WHEN w.kind = 'rtr' THEN w.impi"
              " WHEN w.set_id IS NOT NULL THEN"
              " (SELECT u.identity FROM impu u WHERE u.set_id = w.set_id ORDER BY u.position LIMIT 1)"
              " ELSE (SELECT i.identity FROM impi i WHERE i.id = w.impi_id) END, 'gone') AS who, w.attempts,"
              " to_char(w.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS due_at,"
              " to_char(w.settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS settled_at, w.last_error"
              " FROM push w WHERE ($1::text = '' OR w.state = nullif($1::text, '')::push_state)"
              " AND ($2::text = '' OR w.destination_host = $2::text)"
              " AND ($3::text = '' OR w.impi = $3::text OR $3::text = ANY (w.associated) OR $4::text = ANY (w.impus)"
              " OR w.set_id IN (SELECT id FROM sets) OR w.set_id IS NULL AND w.impi_id IN (SELECT id FROM impis))"
              " ORDER BY w.id DESC LIMIT $5::bigint) j ORDER BY j.id DESC"},
    // In order of ids, so that two operators do not wait for each other.
    Statement{"lock_pushes",
              "SELECT w.id, w.state::text, CASE WHEN w.lease_until >= now() THEN coalesce(w.claimed_by, '?') END"
              " FROM push w WHERE w.id = ANY ($1::bigint[]) ORDER BY w.id FOR UPDATE"},
    Statement{"retry_pushes", QUINTET_DUE_AGAIN "WHERE id = ANY ($1::bigint[])"},
    Statement{"cancel_pushes",
              "UPDATE push SET state = 'cancelled', settled_at = now(), last_error = left($2::text, 255),"
              " claimed_by = NULL, lease_until = NULL WHERE id = ANY ($1::bigint[])"},
    // What is given up again while this goes on is not taken once more.
    Statement{"database_time", "SELECT now()::text"},
    Statement{"retry_given_up", QUINTET_DUE_AGAIN
              "WHERE ctid = ANY (ARRAY (SELECT w.ctid FROM push w WHERE w.state = 'given_up'"
              " AND w.settled_at <= $2::text::timestamptz AND ($1::text = '' OR w.destination_host = $1::text)"
              " ORDER BY w.settled_at LIMIT 1000 FOR UPDATE SKIP LOCKED))"},
    Statement{"audit_pushes",
              "INSERT INTO audit (action, subject, detail)"
              " SELECT $2::text, 'push ' || v.id, $3::text FROM unnest($1::bigint[]) AS v (id)"},
    Statement{"wake_senders", "SELECT pg_notify('quintet_push', '')"},
}};

#undef QUINTET_DUE_AGAIN
#undef QUINTET_UNLESS_GIVEN_UP

PushLine take_line(Cursor& row) {
  PushLine out;
  row.read(out.id, out.command, out.cause, out.state, out.host, out.who, out.attempts, out.time, out.last_error,
           out.json);
  return out;
}

std::vector<PushFound> found_in(const Result& result) {
  std::vector<PushFound> out;
  for (Cursor row(result); row.next();) {
    PushFound& one = out.emplace_back();
    row.read(one.id, one.state, one.sender);
  }
  return out;
}

std::vector<std::int64_t> choose_among(Transaction& transaction, std::span<const std::int64_t> ids,
                                       const PushAdmin::Choice& choose) {
  return choose(found_in(transaction.begin({command(statements["lock_pushes"], ids)}).front()));
}

Command audit_pushes(std::span<const std::int64_t> ids, std::string_view action, const std::string& by) {
  return command(statements["audit_pushes"], ids, action, "by " + by);
}

}  // namespace

PushAdmin::PushAdmin(const AdminAccess& access)
    : options_(std::make_unique<const Options>(options_of(access))),
      connection_(std::make_unique<Connection>(*options_,
                                               joined({transaction_statements(), audit_statements(), statements}))) {}

PushAdmin::~PushAdmin() = default;

Page<PushLine> PushAdmin::list(const PushFilter& filter) {
  const auto results = run(*connection_, {command(statements["list_pushes"], filter.state, filter.host,
                                                  filter.identity.impi, filter.identity.impu, filter.limit + 1)});
  Page<PushLine> out;
  for (Cursor row(results.front()); row.next();) {
    out.rows.push_back(take_line(row));
  }
  out.cut(filter.limit);
  return out;
}

void PushAdmin::retry(std::span<const std::int64_t> ids, const Choice& choose, const std::string& by) {
  Transaction transaction(*connection_);
  const auto chosen = choose_among(transaction, ids, choose);
  const std::span<const std::int64_t> those(chosen);
  transaction.commit({}, {command(statements["retry_pushes"], those), audit_pushes(those, "push retry", by),
                          command(statements["wake_senders"])});
}

void PushAdmin::cancel(std::span<const std::int64_t> ids, const Choice& choose, const std::string& by) {
  Transaction transaction(*connection_);
  const auto chosen = choose_among(transaction, ids, choose);
  const std::span<const std::int64_t> those(chosen);
  transaction.commit(
      {}, {command(statements["cancel_pushes"], those, "cancelled by " + by), audit_pushes(those, "push cancel", by)});
}

std::uint64_t PushAdmin::retry_given_up(const std::string& host, const std::string& by) {
  const auto times = run(*connection_, {command(statements["database_time"])});
  Cursor row(times.front());
  row.next();
  const auto before = row.take<std::string>();
  const std::string subject = "all given up" + (host.empty() ? host : " at " + host);
  std::uint64_t total = 0;
  while (true) {
    Transaction transaction(*connection_);
    const auto results = transaction.begin({command(statements["retry_given_up"], host, before)});
    const std::uint64_t count = results.front().affected();
    if (count == 0) return total;
    const AuditEntry entry{"push retry", subject, std::to_string(count) + " pushes; by " + by};
    transaction.commit({}, {audit_command(entry), command(statements["wake_senders"])});
    total += count;
  }
}

}  // namespace hss::pg

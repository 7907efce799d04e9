// SPDX-License-Identifier: Apache-2.0
// Page by page through all who refer to something shared.
#include "hss/pg/cx/shared_changes.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/ppr_rows.h"
#include "hss/pg/transaction.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"take_shared_change",
              "SELECT c.id, c.cause::text, c.subject, c.pass, c.after, c.horizon IS NULL,"
              // a horizon from a database that was older when it was dumped would never be reached
              " coalesce(c.horizon <= pg_snapshot_xmin(pg_current_snapshot())"
              " OR c.horizon > pg_snapshot_xmax(pg_current_snapshot()), false)"
              " AND c.at < now() - interval '3 seconds'"
              " FROM change c WHERE c.is_shared AND c.look_at <= now() ORDER BY c.look_at, c.id LIMIT 1"
              " FOR UPDATE SKIP LOCKED"},
    // A later one of the same goes on where the one before was, and so does for both: the last pass is a whole one.
    Statement{"begin_shared_change",
              "WITH older AS (DELETE FROM change WHERE (cause, subject) IN (SELECT cause, subject FROM change WHERE id "
              "= $1::bigint)"
              " AND id < $1::bigint RETURNING after)"
              " UPDATE change SET horizon = pg_snapshot_xmax(pg_current_snapshot()), after = CASE WHEN cause = "
              "'capabilities' THEN 0 ELSE coalesce((SELECT max(o.after) FROM older o), 0) END WHERE id = $1::bigint"
              " RETURNING after"},
    Statement{
        "page_of_profile",
        "WITH page AS (SELECT u.id, u.set_id FROM impu u WHERE u.service_profile_id = $1::bigint AND u.id > $2::bigint"
        " ORDER BY u.id LIMIT $3::bigint),"
        " due AS (INSERT INTO " QUINTET_PPR_COLUMNS
        " SELECT DISTINCT ON (t.id) 'ppr'::push_kind, 'profile', s.id, t.id, s.scscf_host, s.scscf_realm FROM page"
        " JOIN registration_set t ON t.id = page.set_id JOIN subscription s ON s.id = t.subscription_id"
        " WHERE" QUINTET_PPR_UNLESS_WAITING("NULL") QUINTET_IS_BEHIND
        " ORDER BY t.id)"
        " SELECT coalesce(max(id), 0), count(*) FROM page"},
    Statement{"page_of_charging_set",
              "WITH page AS (SELECT s.id, s.scscf_host, s.scscf_realm FROM subscription s"
              " WHERE s.charging_set_id = $1::bigint AND s.id > $2::bigint ORDER BY s.id LIMIT $3::bigint),"
              " due AS (INSERT INTO " QUINTET_PPR_COLUMNS
              " SELECT 'ppr', 'charging', s.id, t.id, s.scscf_host, s.scscf_realm FROM page s"
              " JOIN registration_set t ON t.subscription_id = s.id"
              " WHERE" QUINTET_PPR_UNLESS_WAITING("NULL") QUINTET_IS_BEHIND
              ")"
              " SELECT coalesce(max(id), 0), count(*) FROM page"},
    Statement{"page_of_capability_set",
              "WITH page AS (SELECT s.id, s.scscf_host FROM subscription s"
              " WHERE s.capability_set_id = $1::bigint AND s.id > $2::bigint ORDER BY s.id LIMIT $3::bigint),"
              " due AS (INSERT INTO change (cause, subject) SELECT 'subscription_capabilities', id FROM page"
              " WHERE scscf_host IS NOT NULL)"
              " SELECT coalesce(max(id), 0), count(*) FROM page"},
    Statement{"turn_page",
              "UPDATE change SET after = $2::bigint, pass = $3::bigint, look_at = now() + $4::bigint * interval '1 ms'"
              " WHERE id = $1::bigint"},
    Statement{"drop_change", "DELETE FROM change WHERE id = $1::bigint"},
}};

struct SharedChange {
  std::int64_t id = 0;
  std::string cause;
  std::int64_t subject = 0;
  std::int64_t pass = 0;
  std::int64_t after = 0;
  bool is_new = false;
  bool may_end = false;  // a pass that begins now is the last one
};

constexpr std::int64_t page_size = 2000;
constexpr std::int64_t last_pass = 1;
constexpr std::int64_t pause_ms = 250;

const Statement* page_statement(const SharedChange& change) {
  if (change.cause == "profile") {
    return statements["page_of_profile"];
  }
  return change.cause == "charging" ? statements["page_of_charging_set"] : statements["page_of_capability_set"];
}

Write numbers_write(const Statement* statement, std::initializer_list<std::int64_t> numbers) {
  Write out{{statement, {}}, std::nullopt};
  for (const auto number : numbers) {
    out.command.params.add(number);
  }
  return out;
}

// What becomes of the change behind a page; a pass begins only when it may.
std::vector<Write> look_at_page(Transaction& transaction, const SharedChange& change) {
  if (change.pass == last_pass && change.after == 0 && !change.may_end) {
    return {numbers_write(statements["turn_page"], {change.id, 0, change.pass, pause_ms})};
  }
  const std::array page{numbers_write(page_statement(change), {change.subject, change.after, page_size}).command};
  const auto results = transaction.run(page);
  Cursor row(results.front());
  row.next();
  const auto last = row.take<std::int64_t>();
  const bool is_whole = row.take<std::int64_t>() == page_size;
  if (is_whole) {
    return {numbers_write(statements["turn_page"], {change.id, last, change.pass, 0})};
  }
  if (change.pass == last_pass) {
    return {numbers_write(statements["drop_change"], {change.id})};
  }
  return {numbers_write(statements["turn_page"], {change.id, 0, last_pass, pause_ms})};
}

std::optional<SharedChange> shared_change_in(const Result& result) {
  Cursor row(result);
  if (!row.next()) {
    return std::nullopt;
  }
  SharedChange out;
  row.read(out.id, out.cause, out.subject, out.pass, out.after, out.is_new, out.may_end);
  return out;
}

}  // namespace

std::span<const Statement> shared_change_statements() { return statements; }

bool look_through_shared(Connection& connection) {
  Transaction transaction(connection);
  const auto results = transaction.begin({{statements["take_shared_change"], {}}});
  auto change = shared_change_in(results.front());
  if (!change) {
    return false;
  }
  if (change->is_new) {
    const auto begun =
        transaction.run(std::array{numbers_write(statements["begin_shared_change"], {change->id}).command});
    Cursor row(begun.front());
    row.next();
    row.read(change->after);
    if (change->cause == "capabilities") {
      change->pass = last_pass;  // nothing that was told would tell who has been told
    }
  }
  const auto writes = look_at_page(transaction, *change);
  transaction.commit(writes);
  return true;
}

}  // namespace hss::pg

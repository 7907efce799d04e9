// SPDX-License-Identifier: Apache-2.0
// From changes to rows of push.
#include "hss/pg/cx/changes.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/columns.h"
#include "hss/pg/cx/ppr_rows.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"take_changes",
              "SELECT c.id, c.subject FROM change c WHERE NOT c.is_shared AND c.look_at <= now()"
              " ORDER BY c.look_at, c.id LIMIT $1::bigint FOR UPDATE SKIP LOCKED"},
    Statement{"read_changes",
              "SELECT c.id, c.cause::text, c.subject, coalesce(c.set_id, 0), coalesce(c.impi_id, 0), c.reason,"
              " c.info, coalesce(t.state::text, 'not_registered'),"
              " (SELECT u.identity FROM impu u WHERE u.set_id = c.set_id AND u.type = 'distinct_pui' AND NOT u.barred"
              " ORDER BY u.position LIMIT 1),"
              " (SELECT p.told_default FROM impi_set p WHERE p.set_id = c.set_id AND p.registered AND"
              " p.told_default IS NOT NULL ORDER BY p.assigned_at DESC NULLS LAST LIMIT 1),"
              " EXISTS (SELECT FROM impu u WHERE u.set_id = c.set_id AND u.type IN ('distinct_psi', 'wildcarded_psi')),"
              " EXISTS (SELECT FROM impu u WHERE u.set_id = c.set_id AND u.type IN ('distinct_psi', 'wildcarded_psi')"
              " AND u.psi_active),"
              " coalesce((SELECT s.suspended FROM subscription s WHERE s.id = c.subject), false)"
              " FROM change c LEFT JOIN registration_set t ON t.id = c.set_id WHERE c.id = ANY ($1::bigint[])"},
    Statement{"push_profiles_of_changes",
              "WITH wanted AS (SELECT v.change, s.id, s.scscf_host, s.scscf_realm, t.id AS set_id,"
              " nullif(v.impi_id, 0) AS impi_id, v.cause"
              " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])"
              " AS v (change, subscription, set_id, impi_id, cause)"
              " JOIN subscription s ON s.id = v.subscription"
              " JOIN registration_set t ON t.subscription_id = s.id AND v.set_id IN (0, t.id)"
              " AND (v.impi_id = 0 OR EXISTS (SELECT FROM impi_set p WHERE p.set_id = t.id AND p.impi_id = v.impi_id"
              " AND (p.registered OR t.state = 'unregistered')))"
              " WHERE s.scscf_host IS NOT NULL AND t.state <> 'not_registered'),"
              " due AS (INSERT INTO push (kind, cause, subscription_id, set_id, impi_id, destination_host,"
              " destination_realm) SELECT DISTINCT ON (w.set_id, w.impi_id) 'ppr'::push_kind, w.cause, w.id, w.set_id,"
              " w.impi_id, w.scscf_host, w.scscf_realm FROM wanted w"
              " JOIN subscription s ON s.id = w.id JOIN registration_set t ON t.id = w.set_id "
              "WHERE" QUINTET_PPR_UNLESS_WAITING("w.impi_id") " ORDER BY w.set_id, w.impi_id)"
                                                              " SELECT DISTINCT change FROM wanted"},
    Statement{"push_digests_of_changes",
              "WITH wanted AS (SELECT v.change, v.impi_id, s.id, s.scscf_host, s.scscf_realm"
              " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS v (change, subscription, impi_id)"
              " JOIN subscription s ON s.id = v.subscription WHERE s.scscf_host IS NOT NULL AND EXISTS ("
              "SELECT FROM impi_set p WHERE p.impi_id = v.impi_id AND (p.registered OR p.auth_pending))),"
              " due AS (INSERT INTO push (kind, cause, subscription_id, impi_id, destination_host, destination_realm)"
              " SELECT DISTINCT ON (w.impi_id) 'ppr'::push_kind, 'digest', w.id, w.impi_id, w.scscf_host, "
              "w.scscf_realm FROM wanted w WHERE NOT EXISTS (SELECT FROM push o WHERE o.subscription_id = w.id"
              " AND o.impi_id = w.impi_id AND o.set_id IS NULL AND o.state = 'waiting' AND o.kind = 'ppr'"
              " AND o.destination_host = w.scscf_host AND (o.lease_until IS NULL OR o.lease_until <= now()) OFFSET 0)"
              " ORDER BY w.impi_id)"
              " SELECT change FROM wanted"},
    Statement{
        "push_ends",
        "SELECT v.change, push_end(v.subscription, nullif(v.impi_id, 0), nullif(v.set_id, 0), v.cause,"
        " v.reason::smallint, v.info)"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[])"
        " AS v (change, subscription, impi_id, set_id, cause, reason, info)"},
    Statement{"push_profiles_again",
              "INSERT INTO " QUINTET_PPR_COLUMNS
              " SELECT 'ppr', 'again', s.id, t.id, s.scscf_host, s.scscf_realm FROM unnest($1::bigint[]) AS v (id)"
              " JOIN registration_set t ON t.id = v.id JOIN subscription s ON s.id = t.subscription_id"
              " WHERE s.scscf_host IS NOT NULL AND t.state <> 'not_registered'"
              " AND NOT EXISTS (SELECT FROM push w WHERE w.set_id = t.id AND w.state = 'waiting' AND w.cause = 'again'"
              " AND w.destination_host = s.scscf_host"
              " AND (w.lease_until IS NULL OR w.lease_until <= now()) OFFSET 0)"},
    Statement{
        "push_digests_again",
        "INSERT INTO push (kind, cause, subscription_id, impi_id, destination_host, destination_realm)"
        " SELECT 'ppr', 'again', s.id, i.id, s.scscf_host, s.scscf_realm FROM unnest($1::bigint[]) AS v (id)"
        " JOIN impi i ON i.id = v.id JOIN subscription s ON s.id = i.subscription_id"
        " WHERE s.scscf_host IS NOT NULL AND NOT EXISTS (SELECT FROM push w WHERE w.subscription_id = s.id"
        " AND w.impi_id = i.id AND w.state = 'waiting' AND w.cause = 'again' AND w.destination_host = s.scscf_host"
        " AND (w.lease_until IS NULL OR w.lease_until <= now()) OFFSET 0)"},
    Statement{"drop_changes", "DELETE FROM change WHERE id = ANY ($1::bigint[])"},
    Statement{"look_again",
              "UPDATE change SET look_at = now() + interval '3 seconds', pass = 1 WHERE id = ANY ($1::bigint[])"},
    Statement{"drop_seen_twice", "DELETE FROM change WHERE id = ANY ($1::bigint[]) AND pass = 1"},
    Statement{"put_off_changes",
              "UPDATE change SET look_at = now() + interval '500 milliseconds' WHERE id = ANY ($1::bigint[])"},
}};

constexpr std::array<std::string_view, 9> cause_words{"members",
                                                      "subscription_charging",
                                                      "subscription_capabilities",
                                                      "suspended",
                                                      "schemes",
                                                      "imsi",
                                                      "location",
                                                      "digest",
                                                      "operator"};  // by ChangeCause

ChangeCause cause_of(std::string_view word) {
  for (std::size_t i = 0; i < cause_words.size(); ++i) {
    if (cause_words.at(i) == word) {
      return static_cast<ChangeCause>(i);
    }
  }
  throw StoreError(StoreFailure::config, "unknown cause of a change in the database");
}
std::string_view word_of(ChangeCause cause) { return cause_words.at(static_cast<std::size_t>(cause)); }

ChangeRow take_row(Cursor& row) {
  ChangeRow out;
  row.read(out.id);
  out.cause = cause_of(row.take<std::string_view>());
  row.read(out.subscription_id, out.set_id, out.impi_id);
  if (const auto reason = row.take<std::optional<std::uint8_t>>()) {
    out.reason = static_cast<DeregistrationReason>(*reason);
  }
  row.read(out.info);
  out.state = state_of(row.take<std::string_view>());
  row.read(out.default_identity, out.told_default, out.is_service, out.service_is_active, out.is_suspended);
  return out;
}

using Numbers = std::vector<std::int64_t>;

// What a change makes due.
struct Due {
  const ChangeRow* row;
  const ChangeDecision* decision;
};
using Dues = std::vector<Due>;

std::int64_t change_of(const Due& due) { return due.row->id; }
std::int64_t subscription_of(const Due& due) { return due.row->subscription_id; }
std::int64_t set_of(const Due& due) { return due.row->set_id; }
std::int64_t impi_of(const Due& due) { return due.row->impi_id; }

Command profiles_command(const Dues& dues) {
  Command out{statements["push_profiles_of_changes"], {}};
  add(out.params, dues, change_of);
  add(out.params, dues, subscription_of);
  add(out.params, dues, set_of);
  add(out.params, dues, impi_of);
  add(out.params, dues, [](const Due& due) { return word_of(due.row->cause); });
  return out;
}

Command digests_command(const Dues& dues) {
  Command out{statements["push_digests_of_changes"], {}};
  add(out.params, dues, change_of);
  add(out.params, dues, subscription_of);
  add(out.params, dues, impi_of);
  return out;
}

// An RTR, of an IMPI or set where that is not 0; by `change` its result is known.
struct End {
  std::int64_t change = 0;
  std::int64_t subscription_id = 0;
  std::int64_t impi_id = 0;
  std::int64_t set_id = 0;
  std::string_view cause;
  DeregistrationReason reason{};
  std::string_view info;
};

Command ends_command(const std::vector<End>& ends) {
  Command out{statements["push_ends"], {}};
  add(out.params, ends, [](const End& end) { return end.change; });
  add(out.params, ends, [](const End& end) { return end.subscription_id; });
  add(out.params, ends, [](const End& end) { return end.impi_id; });
  add(out.params, ends, [](const End& end) { return end.set_id; });
  add(out.params, ends, [](const End& end) { return end.cause; });
  add(out.params, ends, [](const End& end) { return static_cast<std::int64_t>(end.reason); });
  add(out.params, ends, [](const End& end) { return end.info; });
  return out;
}

End end_of(const Due& due) {
  const ChangeRow& row = *due.row;
  return {row.id,
          row.subscription_id,
          row.impi_id,
          row.set_id,
          word_of(row.cause),
          due.decision->reason,
          due.decision->info};
}

// Changes that concerned somebody.
std::set<std::int64_t> concerning(std::span<const Result> results, bool last_are_ends) {
  std::set<std::int64_t> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const bool are_ends = last_are_ends && i + 1 == results.size();
    for (Cursor row(results[i]); row.next();) {
      const auto change = row.take<std::int64_t>();
      if (!are_ends || row.take<bool>()) {
        out.insert(change);
      }
    }
  }
  return out;
}

class PgChangeTransaction final : public ChangeTransaction {
 public:
  PgChangeTransaction(Connection& connection, std::size_t most) : transaction_(connection) {
    std::map<std::int64_t, std::int64_t> subjects;  // by change
    std::set<std::int64_t> subscriptions;
    const auto taken = transaction_.begin({command(statements["take_changes"], static_cast<std::int64_t>(most))});
    for (Cursor row(taken.front()); row.next();) {
      const auto id = row.take<std::int64_t>();
      subjects[id] = row.take<std::int64_t>();
      subscriptions.insert(subjects[id]);
    }
    is_empty_ = subjects.empty();
    if (!is_empty_) {
      read(subjects, {subscriptions.begin(), subscriptions.end()});
    }
  }

  [[nodiscard]] bool is_empty() const noexcept { return is_empty_; }

  [[nodiscard]] const std::vector<ChangeRow>& rows() const noexcept override { return rows_; }

  void commit(std::span<const ChangeDecision> decisions) override {
    std::array<Dues, 3> dues;  // by PushAct
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (decisions[i].act) {
        dues.at(static_cast<std::size_t>(*decisions[i].act)).push_back({&rows_[i], &decisions[i]});
      }
    }
    const auto& [profiles, digests, ends] = dues;
    std::vector<Command> commands;
    if (!profiles.empty()) commands.push_back(profiles_command(profiles));
    if (!digests.empty()) commands.push_back(digests_command(digests));
    if (!ends.empty()) commands.push_back(ends_command(column(ends, end_of)));
    const auto results = commands.empty() ? std::vector<Result>() : transaction_.run(commands);
    finish(concerning(results, !ends.empty()));
  }

 private:
  void read(const std::map<std::int64_t, std::int64_t>& subjects, const Numbers& subscriptions) {
    const auto held = held_of(subscriptions);
    Numbers wanted;
    for (const auto& [change, subscription] : subjects) {
      (held.contains(subscription) ? held_ : wanted).push_back(change);
    }
    const auto results = transaction_.run(std::array{command(statements["read_changes"], wanted)});
    for (Cursor row(results.front()); row.next();) {
      rows_.push_back(take_row(row));
    }
  }

  // Locks the rest.
  std::set<std::int64_t> held_of(const Numbers& subscriptions) {
    const auto locked = ids_in(transaction_.run(std::array{lock_subscriptions_command(subscriptions)}).front());
    Numbers others;
    std::ranges::set_difference(subscriptions, locked, std::back_inserter(others));
    if (others.empty()) {
      return {};
    }
    const auto held = ids_in(transaction_.run(std::array{present_subscriptions_command(others)}).front());
    return {held.begin(), held.end()};
  }

  void finish(const std::set<std::int64_t>& done) {
    Numbers over;
    Numbers idle;
    for (const ChangeRow& row : rows_) {
      const bool is_over = done.contains(row.id) && row.cause != ChangeCause::suspended;
      (is_over ? over : idle).push_back(row.id);
    }
    std::vector<Write> writes;
    const auto write = [&](const Statement* statement, const Numbers& ids) {
      if (!ids.empty()) {
        writes.push_back({command(statement, ids), std::nullopt});
      }
    };
    write(statements["drop_changes"], over);
    write(statements["drop_seen_twice"], idle);
    write(statements["look_again"], idle);
    write(statements["put_off_changes"], held_);
    transaction_.commit(writes);
  }

  Transaction transaction_;
  std::vector<ChangeRow> rows_;
  Numbers held_;  // changes of subscriptions that somebody else holds
  bool is_empty_ = false;
};

}  // namespace

std::span<const Statement> change_statements() { return statements; }

std::unique_ptr<ChangeTransaction> take_changes(Connection& connection, std::size_t most) {
  auto out = std::make_unique<PgChangeTransaction>(connection, most);
  return out->is_empty() ? nullptr : std::move(out);
}

Command end_orders_command(std::span<const EndOrder> orders) {
  return ends_command(column(orders, [](const EndOrder& order) {
    return End{0, order.subscription_id, 0, order.set_id, order.cause, order.reason, order.info};
  }));
}

Command profiles_again_command(std::span<const std::int64_t> sets) {
  return command(statements["push_profiles_again"], sets);
}

Command digests_again_command(std::span<const std::int64_t> impis) {
  return command(statements["push_digests_again"], impis);
}

}  // namespace hss::pg

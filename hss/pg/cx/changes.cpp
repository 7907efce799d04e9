// SPDX-License-Identifier: Apache-2.0
// From changes to rows of push.
#include "hss/pg/cx/changes.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/ppr_rows.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <array>
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
    Statement{"held_subscriptions",
              "SELECT id FROM subscription WHERE id = ANY ($1::bigint[]) AND id <> ALL ($2::bigint[])"},
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

std::set<std::int64_t> ids_in(const Result& result) {
  std::set<std::int64_t> out;
  for (Cursor row(result); row.next();) {
    out.insert(row.take<std::int64_t>());
  }
  return out;
}

using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string_view>;

void add_texts(Params& params, const std::vector<std::string_view>& texts) {
  params.add(std::span<const std::string_view>(texts));
}
void add_numbers(Params& params, const Numbers& numbers) { params.add(std::span<const std::int64_t>(numbers)); }

// One RTR for all rows that say the same of the same.
struct Ends {
  Numbers changes;
  Numbers subscriptions;
  Numbers impis;
  Numbers sets;
  Texts causes;
  Numbers reasons;
  Texts infos;
  std::multimap<std::int64_t, std::int64_t> followers;  // changes that another one speaks for

  void add(const ChangeRow& row, const ChangeDecision& decision) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (subscriptions[i] == row.subscription_id && impis[i] == row.impi_id && sets[i] == row.set_id &&
          causes[i] == word_of(row.cause) && infos[i] == decision.info) {
        followers.emplace(changes[i], row.id);
        return;
      }
    }
    changes.push_back(row.id);
    subscriptions.push_back(row.subscription_id);
    impis.push_back(row.impi_id);
    sets.push_back(row.set_id);
    causes.push_back(word_of(row.cause));
    reasons.push_back(static_cast<std::int64_t>(decision.reason));
    infos.push_back(decision.info);
  }
  [[nodiscard]] Command command() const {
    Command out{statements["push_ends"], {}};
    add_numbers(out.params, changes);
    add_numbers(out.params, subscriptions);
    add_numbers(out.params, impis);
    add_numbers(out.params, sets);
    add_texts(out.params, causes);
    add_numbers(out.params, reasons);
    add_texts(out.params, infos);
    return out;
  }
};

// What a batch of decisions has written.
struct Profiles {
  Numbers changes;
  Numbers subscriptions;
  Numbers sets;
  Numbers impis;
  Texts causes;

  void add(const ChangeRow& row) {
    changes.push_back(row.id);
    subscriptions.push_back(row.subscription_id);
    sets.push_back(row.set_id);
    impis.push_back(row.impi_id);
    causes.push_back(word_of(row.cause));
  }
  [[nodiscard]] Command command() const {
    Command out{statements["push_profiles_of_changes"], {}};
    add_numbers(out.params, changes);
    add_numbers(out.params, subscriptions);
    add_numbers(out.params, sets);
    add_numbers(out.params, impis);
    add_texts(out.params, causes);
    return out;
  }
  [[nodiscard]] Command digests_command() const {
    Command out{statements["push_digests_of_changes"], {}};
    add_numbers(out.params, changes);
    add_numbers(out.params, subscriptions);
    add_numbers(out.params, impis);
    return out;
  }
};

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
    Command taking{statements["take_changes"], {}};
    taking.params.add(static_cast<std::int64_t>(most));
    std::map<std::int64_t, std::int64_t> subjects;  // by change
    std::set<std::int64_t> subscriptions;
    const auto taken = transaction_.begin({std::move(taking)});
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
    Profiles profiles;
    Profiles digests;
    Ends ends;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (decisions[i].act == PushAct::profile) {
        profiles.add(rows_[i]);
      } else if (decisions[i].act == PushAct::digest) {
        digests.add(rows_[i]);
      } else if (decisions[i].act == PushAct::end) {
        ends.add(rows_[i], decisions[i]);
      }
    }
    std::vector<Command> commands;
    if (!profiles.changes.empty()) commands.push_back(profiles.command());
    if (!digests.changes.empty()) commands.push_back(digests.digests_command());
    if (!ends.changes.empty()) commands.push_back(ends.command());
    const auto results = commands.empty() ? std::vector<Result>() : transaction_.run(commands);
    auto done = concerning(results, !ends.changes.empty());
    for (const auto& [change, follower] : ends.followers) {
      if (done.contains(change)) {
        done.insert(follower);
      }
    }
    finish(done);
  }

 private:
  void read(const std::map<std::int64_t, std::int64_t>& subjects, const Numbers& subscriptions) {
    const Numbers got = locked_in(transaction_.run(std::array{lock_subscriptions_command(subscriptions)}).front());
    Command telling{statements["held_subscriptions"], {}};
    add_numbers(telling.params, subscriptions);
    add_numbers(telling.params, got);
    const auto held = ids_in(transaction_.run(std::array{std::move(telling)}).front());
    Numbers wanted;
    for (const auto& [change, subscription] : subjects) {
      (held.contains(subscription) ? held_ : wanted).push_back(change);
    }
    Command reading{statements["read_changes"], {}};
    add_numbers(reading.params, wanted);
    const auto results = transaction_.run(std::array{std::move(reading)});
    for (Cursor row(results.front()); row.next();) {
      rows_.push_back(take_row(row));
    }
  }

  void finish(const std::set<std::int64_t>& done) {
    Numbers over;
    Numbers idle;
    for (const ChangeRow& row : rows_) {
      const bool is_over = done.contains(row.id) && row.cause != ChangeCause::suspended;
      (is_over ? over : idle).push_back(row.id);
    }
    std::vector<Write> writes;
    const auto add = [&](const Statement* statement, const Numbers& ids) {
      if (ids.empty()) {
        return;
      }
      Write write{{statement, {}}, std::nullopt};
      add_numbers(write.command.params, ids);
      writes.push_back(std::move(write));
    };
    add(statements["drop_changes"], over);
    add(statements["drop_seen_twice"], idle);
    add(statements["look_again"], idle);
    add(statements["put_off_changes"], held_);
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
  Command out{statements["push_ends"], {}};
  const Numbers none(orders.size(), 0);
  Numbers subscriptions;
  Numbers sets;
  Texts causes;
  Numbers reasons;
  Texts infos;
  for (const EndOrder& order : orders) {
    subscriptions.push_back(order.subscription_id);
    sets.push_back(order.set_id);
    causes.push_back(order.cause);
    reasons.push_back(static_cast<std::int64_t>(order.reason));
    infos.push_back(order.info);
  }
  add_numbers(out.params, none);
  add_numbers(out.params, subscriptions);
  add_numbers(out.params, none);
  add_numbers(out.params, sets);
  add_texts(out.params, causes);
  add_numbers(out.params, reasons);
  add_texts(out.params, infos);
  return out;
}

Command profiles_again_command(std::span<const std::int64_t> sets) {
  Command out{statements["push_profiles_again"], {}};
  out.params.add(sets);
  return out;
}

Command digests_again_command(std::span<const std::int64_t> impis) {
  Command out{statements["push_digests_again"], {}};
  out.params.add(impis);
  return out;
}

}  // namespace hss::pg

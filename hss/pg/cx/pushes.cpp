// SPDX-License-Identifier: Apache-2.0
// Claims of pushes and how they end.
#include "hss/pg/cx/pushes.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/assignment_writes.h"
#include "hss/pg/cx/changes.h"
#include "hss/pg/cx/columns.h"
#include "hss/pg/cx/profiles.h"
#include "hss/pg/cx/shared_changes.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/cx/whole_subscriptions.h"
#include "hss/pg/outbox.h"
#include "hss/pg/transaction.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace hss::pg {
namespace {

// The table of pushes comes and goes: see hss/pg/cx/changes.cpp.
constexpr Statements statements{std::array{
    // From one destination to the next: as many steps as there are destinations, however much is due.
    Statement{"due_destinations",
              "WITH RECURSIVE d AS ("
              "(SELECT w.destination_host FROM push w WHERE w.state = 'waiting' AND w.destination_host > ''"
              " ORDER BY w.destination_host LIMIT 1)"
              " UNION ALL "
              "SELECT (SELECT w.destination_host FROM push w WHERE w.state = 'waiting'"
              " AND w.destination_host > d.destination_host ORDER BY w.destination_host LIMIT 1)"
              " FROM d WHERE d.destination_host IS NOT NULL)"
              " SELECT d.destination_host, coalesce((SELECT w.due_at FROM push w WHERE w.state = 'waiting'"
              " AND w.destination_host = d.destination_host ORDER BY w.due_at LIMIT 1) <= now(), false),"
              " coalesce((SELECT min(f.created_at) FROM (SELECT w.created_at FROM push w WHERE w.state = 'waiting'"
              " AND w.destination_host = d.destination_host ORDER BY w.due_at LIMIT 100) f)"
              " < now() - $1::bigint * interval '1 s', false)"
              " FROM d WHERE d.destination_host IS NOT NULL"},
    // Claims for one destination follow each other, so that each sees those before it.
    Statement{"await_turn_at_destination", "SELECT pg_advisory_xact_lock(7452, hashtext($1::text))"},
    Statement{
        "claim_pushes",
        "WITH due AS (SELECT w.id, w.subscription_id, w.kind FROM push w WHERE w.state = 'waiting'"
        " AND w.destination_host = $1::text AND (w.due_at <= now() OR $5::bigint = 1)"
        " AND (w.lease_until IS NULL OR w.lease_until < now())"
        " AND ($5::bigint = 0 OR w.created_at < now() - $6::bigint * interval '1 s')"
        " AND NOT EXISTS (SELECT FROM push o WHERE o.subscription_id = w.subscription_id AND o.state = 'waiting'"
        " AND o.lease_until >= now() OFFSET 0)"
        " ORDER BY w.due_at, w.id LIMIT $2::bigint),"
        " one AS (SELECT DISTINCT ON (subscription_id) id FROM due ORDER BY subscription_id, kind, id)"
        " UPDATE push SET claimed_by = $3::text, lease_until = now() + $4::bigint * interval '1 ms',"
        " attempts = attempts + 1 WHERE ctid = ANY (ARRAY (SELECT p.ctid FROM one CROSS JOIN LATERAL"
        " (SELECT w.ctid FROM push w WHERE w.id = one.id FOR UPDATE SKIP LOCKED) p))"
        " RETURNING id, attempts, kind::text, cause, subscription_id, coalesce(set_id, 0),"
        " coalesce(impi_id, 0), destination_host, destination_realm, impi, associated, impus, reason, reason_info,"
        " ends_impis, ends_sets, ends_generations, names_tried,"
        " greatest(0, extract(epoch FROM now() - created_at) * 1000)::bigint,"
        " created_at < now() - $6::bigint * interval '1 s'"},
    Statement{"still_ours",
              "SELECT p.id FROM (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS u (id, attempt) ORDER BY u.id) v"
              " CROSS JOIN LATERAL"
              " (SELECT w.id, w.attempts, w.state, w.claimed_by FROM push w WHERE w.id = v.id OFFSET 0 FOR UPDATE) p"
              " WHERE p.attempts = v.attempt AND p.state = 'waiting' AND p.claimed_by = $3::text"},
    Statement{"read_digests",
              "SELECT d.impi_id, d.realm, d.data_key_id, d.md5_sealed, d.sha256_sealed FROM digest_secret d"
              " WHERE d.impi_id = ANY ($1::bigint[])"},
    Statement{"read_restorable",
              "SELECT DISTINCT r.impi_id, r.set_id FROM restoration_contact r WHERE r.impi_id = ANY ($1::bigint[])"},
    Statement{"write_claims",
              "UPDATE push SET state = v.state::push_state, last_error = left(v.error, 255),"
              " due_at = CASE WHEN v.state = 'waiting' THEN now() + v.due_in * interval '1 ms' ELSE due_at END,"
              " attempts = attempts - v.uncounted, claimed_by = NULL, lease_until = NULL,"
              " settled_at = CASE WHEN v.state = 'waiting' THEN NULL ELSE now() END,"
              " ends_impis = CASE WHEN v.end_set = 0 THEN ends_impis ELSE ends_impis || v.end_impi END,"
              " ends_sets = CASE WHEN v.end_set = 0 THEN ends_sets ELSE ends_sets || v.end_set END,"
              " ends_generations = CASE WHEN v.end_set = 0 THEN ends_generations ELSE ends_generations || "
              "v.end_generation END,"
              " names_tried = names_tried + (v.user_name IS NOT NULL)::integer,"
              " impi = coalesce(v.user_name, impi), associated = CASE WHEN v.user_name IS NULL THEN associated"
              " ELSE array_append(array_remove(associated, v.user_name), impi) END"
              " FROM (SELECT v.*, p.ctid AS place FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], "
              "$5::bigint[],"
              " $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[])"
              " AS v (id, attempt, state, error, due_in, uncounted, end_impi, end_set, end_generation, user_name)"
              " CROSS JOIN LATERAL (SELECT w.ctid, w.attempts, w.state, w.claimed_by FROM push w WHERE w.id = v.id "
              "OFFSET 0) p"
              " WHERE p.attempts = v.attempt AND p.state = 'waiting' AND p.claimed_by = $11::text) v"
              " WHERE push.ctid = v.place"},
    Statement{"forget_pushes",
              "DELETE FROM push WHERE ctid = ANY (ARRAY (SELECT ctid FROM push WHERE state <> 'waiting'"
              " AND settled_at < now() - $1::bigint * interval '1 s' ORDER BY settled_at LIMIT 1000 FOR UPDATE SKIP "
              "LOCKED))"},
    // One node a turn: whoever gets the lock, and finds that nobody has done it lately.
    Statement{"sweep",
              "INSERT INTO change (cause, subject, is_shared, at)"
              " SELECT 'profile'::change_cause, p.id, true, clock_timestamp() FROM service_profile p WHERE "
              "pg_try_advisory_xact_lock(7453)"
              " AND NOT EXISTS (SELECT FROM change c WHERE c.cause = 'profile' AND c.subject = p.id)"
              " UNION ALL "
              "SELECT 'charging'::change_cause, k.id, true, clock_timestamp() FROM charging_set k WHERE "
              "pg_try_advisory_xact_lock(7453)"
              " AND NOT EXISTS (SELECT FROM change c WHERE c.cause = 'charging' AND c.subject = k.id)"},
}};

constexpr std::array<std::string_view, 4> state_words{"waiting", "done", "superseded", "given_up"};  // by PushState

std::vector<std::string> texts_of(std::span<const std::string_view> views) { return {views.begin(), views.end()}; }

std::vector<EndedRegistration> take_ends(Cursor& row) {
  const auto impis = row.take<std::vector<std::int64_t>>();
  const auto sets = row.take<std::vector<std::int64_t>>();
  const auto generations = row.take<std::vector<std::int64_t>>();
  std::vector<EndedRegistration> out;
  for (std::size_t i = 0; i < impis.size() && i < sets.size() && i < generations.size(); ++i) {
    out.push_back({impis[i], sets[i], generations[i]});
  }
  return out;
}

PushRow take_push(Cursor& row) {
  PushRow out;
  row.read(out.id, out.attempt);
  out.kind = row.take<std::string_view>() == "rtr" ? PushKind::rtr : PushKind::ppr;
  row.read(out.cause, out.subscription_id, out.set_id, out.impi_id, out.destination.host, out.destination.realm,
           out.impi);
  out.associated = texts_of(row.take<std::vector<std::string_view>>());
  out.impus = texts_of(row.take<std::vector<std::string_view>>());
  if (const auto reason = row.take<std::optional<std::uint8_t>>()) {
    out.reason = static_cast<DeregistrationReason>(*reason);
  }
  row.read(out.reason_info);
  out.ends = take_ends(row);
  row.read(out.names_tried);
  out.age = std::chrono::milliseconds(row.take<std::int64_t>());
  row.read(out.is_overdue);
  return out;
}

Command claims_command(std::span<const PushWrite> pushes, const std::string& owner) {
  Command out{statements["write_claims"], {}};
  Params& params = out.params;
  add(params, pushes, [](const PushWrite& one) { return one.id; });
  add(params, pushes, [](const PushWrite& one) { return one.attempt; });
  add(params, pushes, [](const PushWrite& one) { return state_words.at(static_cast<std::size_t>(one.state)); });
  add(params, pushes, [](const PushWrite& one) { return std::string_view(one.error); });
  add(params, pushes, [](const PushWrite& one) { return static_cast<std::int64_t>(one.due_in.count()); });
  add(params, pushes, [](const PushWrite& one) { return std::int64_t{one.counts ? 0 : 1}; });
  add(params, pushes, [](const PushWrite& one) { return one.end ? one.end->impi_id : std::int64_t{0}; });
  add(params, pushes, [](const PushWrite& one) { return one.end ? one.end->set_id : std::int64_t{0}; });
  add(params, pushes, [](const PushWrite& one) { return one.end ? one.end->generation : std::int64_t{0}; });
  add(params, pushes, [](const PushWrite& one) {
    return one.user_name ? std::optional<std::string_view>(*one.user_name) : std::nullopt;
  });
  params.add(owner);
  return out;
}

class PgPushTransaction final : public PushTransaction {
 public:
  PgPushTransaction(Connection& connection, std::chrono::seconds pending_max_age, const std::string& owner)
      : transaction_(connection), pending_max_age_(pending_max_age), owner_(owner) {}

  AssignmentRows lock(std::span<const std::int64_t> subscriptions) override {
    return whole_subscriptions(transaction_.begin(whole_subscription_commands(subscriptions, pending_max_age_)));
  }

  std::vector<std::int64_t> held(std::span<const std::int64_t> subscriptions) override {
    return ids_in(run(present_subscriptions_command(subscriptions)));
  }

  std::vector<std::int64_t> still_ours(std::span<const PushRow* const> pushes) override {
    Command command{statements["still_ours"], {}};
    add(command.params, pushes, [](const PushRow* one) { return one->id; });
    add(command.params, pushes, [](const PushRow* one) { return one->attempt; });
    command.params.add(owner_);
    return ids_in(run(std::move(command)));
  }

  ProfileRows read_profiles(std::span<const std::int64_t> sets, std::span<const std::int64_t> impis) override {
    const std::array commands{read_set_members(sets), read_private_extensions(impis)};
    const auto results = transaction_.run(commands);
    return {set_members(results[0]), private_extensions(results[1])};
  }

  std::vector<ServiceProfile> service_profiles(std::span<const std::int64_t> ids) override {
    return pg::service_profiles(run(read_service_profiles(ids)));
  }

  std::vector<std::pair<std::int64_t, DigestRow>> digests(std::span<const std::int64_t> impis) override {
    const Result result = run(command(statements["read_digests"], impis));
    std::vector<std::pair<std::int64_t, DigestRow>> out;
    for (Cursor row(result); row.next();) {
      auto& [impi, digest] = out.emplace_back();
      row.read(impi, digest.realm, digest.data_key_id, digest.md5_sealed, digest.sha256_sealed);
    }
    return out;
  }

  std::vector<std::pair<std::int64_t, std::int64_t>> restorable(std::span<const std::int64_t> impis) override {
    const Result result = run(command(statements["read_restorable"], impis));
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (Cursor row(result); row.next();) {
      auto& [impi, set] = out.emplace_back();
      row.read(impi, set);
    }
    return out;
  }

  void commit(const AssignmentRows& rows, const PushWrites& writes) override {
    std::vector<Write> all = writes_of(rows, {});
    std::ranges::move(told_writes(writes.told), std::back_inserter(all));
    std::vector<Command> last;
    if (!writes.pushes.empty()) last.push_back(claims_command(writes.pushes, owner_));
    if (!writes.ends.empty()) last.push_back(end_orders_command(writes.ends));
    if (!writes.profiles_again.empty()) last.push_back(profiles_again_command(writes.profiles_again));
    if (!writes.digests_again.empty()) last.push_back(digests_again_command(writes.digests_again));
    transaction_.commit(all, std::move(last));
  }

 private:
  Result run(Command command) { return std::move(transaction_.run(std::array{std::move(command)}).front()); }

  Transaction transaction_;
  const std::chrono::seconds pending_max_age_;
  const std::string& owner_;
};

std::string claim_owner() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + " " + std::to_string(getpid()) + " " + std::to_string(now.tv_sec) + "." +
         std::to_string(now.tv_nsec);
}

}  // namespace

std::vector<Statement> push_statements() {
  return joined({transaction_statements(), outbox_statements(), profile_statements(), whole_subscription_statements(),
                 assignment_write_statements(), subscription_statements(), change_statements(),
                 shared_change_statements(), statements});
}

PgPushStore::PgPushStore(Options options, PushStoreOptions own)
    : link_(std::move(options), push_statements()),
      own_(own),
      owner_(claim_owner()),
      next_sweep_(std::chrono::steady_clock::now() + own_.sweep) {}

std::unique_ptr<ChangeTransaction> PgPushStore::take_changes(std::size_t most) {
  return pg::take_changes(link_.connection(), most);
}

bool PgPushStore::look_through_shared() { return pg::look_through_shared(link_.connection()); }

std::vector<PushStore::Destination> PgPushStore::due_destinations() {
  const auto results =
      link_.connection().run(std::array{command(statements["due_destinations"], own_.give_up.count())});
  std::vector<Destination> out;
  for (Cursor row(results.front()); row.next();) {
    Destination one;
    row.read(one.host);
    const bool is_due = row.take<bool>();
    row.read(one.has_overdue);
    if (is_due || one.has_overdue) {
      out.push_back(std::move(one));
    }
  }
  return out;
}

std::vector<PushRow> PgPushStore::claim(const std::string& host, std::size_t most, std::chrono::milliseconds lease,
                                        bool overdue) {
  Transaction transaction(link_.connection());
  transaction.begin({command(statements["await_turn_at_destination"], host)});
  const auto results = transaction.commit(
      {}, {command(statements["claim_pushes"], host, static_cast<std::int64_t>(most), owner_,
                   static_cast<std::int64_t>(lease.count()), std::int64_t{overdue ? 1 : 0}, own_.give_up.count())});
  std::vector<PushRow> out;
  for (Cursor row(results.front()); row.next();) {
    out.push_back(take_push(row));
  }
  return out;
}

std::unique_ptr<PushTransaction> PgPushStore::begin_push() {
  return std::make_unique<PgPushTransaction>(link_.connection(), link_.options().pending_max_age, owner_);
}

void PgPushStore::do_housekeeping() {
  link_.connection().run(std::array{command(statements["forget_pushes"], own_.keep.count())});
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_sweep_) {
    next_sweep_ = now + own_.sweep;
    link_.connection().run(std::array{Command{statements["sweep"], {}}});
  }
}

}  // namespace hss::pg

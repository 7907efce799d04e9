// SPDX-License-Identifier: Apache-2.0
// The tool's statements on registrations, and what their rows mean.
#include "hss/pg/registration_admin.h"

#include "hss/pg/admin_commands.h"
#include "hss/pg/cursor.h"
#include "hss/pg/transaction.h"

#include <array>
#include <utility>

namespace hss::pg {
namespace {

// $1: how many sets at most, and only they are looked at any closer; $2: for how many seconds an authentication is
// pending.
#define QUINTET_PAGE                                                                            \
  "WITH page AS (SELECT t.id, t.state, t.assigned_at, t.subscription_id, s.name, s.scscf_name," \
  " s.scscf_host FROM registration_set t JOIN subscription s ON s.id = t.subscription_id WHERE "
#define QUINTET_SOMEBODY_IS_PENDING                      \
  "EXISTS (SELECT FROM impi_set m WHERE m.set_id = t.id" \
  " AND is_pending(m.auth_pending, m.pending_since, $2::bigint) OFFSET 0)"
// What a set was told is kept with any one of its private identities. Where a document went unasked, nobody knows
// whether it was looked at.
#define QUINTET_LINES                                                                                               \
  " ORDER BY t.id LIMIT $1::bigint)"                                                                                \
  " SELECT j.\"set\", j.subscription, j.state, j.scscf_name, j.scscf_host, j.assigned_at, j.profile,"               \
  " j.pushes_waiting, ARRAY (SELECT (e ->> 'identity') || CASE WHEN (e ->> 'registered')::boolean"                  \
  " THEN ' registered' ELSE '' END || CASE WHEN (e ->> 'pending')::boolean THEN ' pending' ELSE '' END"             \
  " FROM json_array_elements(j.impis) e), j.impi_count, ARRAY (SELECT (e ->> 'identity')"                           \
  " || CASE WHEN (e ->> 'barred')::boolean THEN ' barred' ELSE '' END FROM json_array_elements(j.impus) e),"        \
  " j.impu_count, row_to_json(j)::text FROM (SELECT p.id AS \"set\", p.name AS subscription,"                       \
  " p.state::text AS state, p.scscf_name, p.scscf_host, to_char(greatest(p.assigned_at, (SELECT max(m.assigned_at)" \
  " FROM impi_set m WHERE m.set_id = p.id)) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS assigned_at,"  \
  " CASE WHEN p.state <> 'not_registered' THEN (SELECT CASE WHEN bool_or(m.told IS NOT NULL AND NOT m.told_unasked" \
  " AND m.told_revision = revision_of_set(p.id)) THEN 'current'"                                                    \
  " WHEN bool_or(m.told IS NOT NULL AND NOT m.told_unasked) THEN 'behind' ELSE 'unknown' END"                       \
  " FROM impi_set m WHERE m.set_id = p.id) END AS profile,"                                                         \
  " (SELECT count(*) FROM push w WHERE w.subscription_id = p.subscription_id AND w.state = 'waiting'"               \
  " AND (w.set_id = p.id OR p.id = ANY (w.ends_sets) OR w.set_id IS NULL AND w.impi_id IN"                          \
  " (SELECT m.impi_id FROM impi_set m WHERE m.set_id = p.id))) AS pushes_waiting,"                                  \
  " (SELECT coalesce(json_agg(x), '[]') FROM (SELECT i.identity, m.registered,"                                     \
  " is_pending(m.auth_pending, m.pending_since, $2::bigint) AS pending FROM impi_set m JOIN impi i"                 \
  " ON i.id = m.impi_id WHERE m.set_id = p.id ORDER BY i.id LIMIT 100) x) AS impis,"                                \
  " (SELECT count(*) FROM impi_set m WHERE m.set_id = p.id) AS impi_count,"                                         \
  " (SELECT coalesce(json_agg(x), '[]') FROM (SELECT u.identity, u.barred FROM impu u WHERE u.set_id = p.id"        \
  " ORDER BY u.position LIMIT 100) x) AS impus,"                                                                    \
  " (SELECT count(*) FROM impu u WHERE u.set_id = p.id) AS impu_count FROM page p) j ORDER BY j.\"set\""

constexpr Statements statements{std::array{
    Statement{"list_registrations", QUINTET_PAGE
              "($4::text = '' OR s.scscf_host = $4::text) AND CASE $3::text"
              " WHEN '' THEN t.state <> 'not_registered' OR " QUINTET_SOMEBODY_IS_PENDING
              " WHEN 'pending' THEN " QUINTET_SOMEBODY_IS_PENDING " ELSE t.state::text = $3::text END" QUINTET_LINES},
    Statement{"registrations_of", QUINTET_PAGE "t.id IN (SELECT u.set_id FROM impu u WHERE u.identity = $4::text UNION"
                                               " SELECT m.set_id FROM impi_set m JOIN impi i ON i.id = m.impi_id"
                                               " WHERE i.identity = $3::text)" QUINTET_LINES},
    Statement{"is_known",
              "SELECT EXISTS (SELECT FROM impi i WHERE i.identity = $1::text)"
              " OR EXISTS (SELECT FROM impu u WHERE u.identity = $2::text)"},
    // As push_end() of the schema finds it.
    Statement{
        "would_end",
        "WITH known AS (SELECT i.identity, i.subscription_id, i.id AS impi_id, NULL::bigint AS set_id FROM impi i"
        " WHERE i.identity = $1::text UNION ALL SELECT u.identity, t.subscription_id, NULL, t.id FROM impu u"
        " JOIN registration_set t ON t.id = u.set_id WHERE u.identity = $2::text LIMIT 1),"
        " ends AS (SELECT t.id AS set_id, coalesce(m.impi_id, 0) AS impi_id FROM known k"
        " JOIN registration_set t ON t.subscription_id = k.subscription_id"
        " LEFT JOIN impi_set m ON m.set_id = t.id AND m.registered WHERE t.state <> 'not_registered'"
        " AND (k.set_id IS NULL OR t.id = k.set_id) AND (k.impi_id IS NULL OR m.impi_id = k.impi_id"
        " OR t.state = 'unregistered' AND k.impi_id = ALL (SELECT x.impi_id FROM impi_set x WHERE x.set_id = t.id)"
        " AND EXISTS (SELECT FROM impi_set x WHERE x.set_id = t.id))),"
        " named AS (SELECT DISTINCT i.id, i.identity FROM ends e JOIN impi_set m ON m.set_id = e.set_id"
        " AND e.impi_id IN (0, m.impi_id) JOIN impi i ON i.id = m.impi_id),"
        " members AS (SELECT u.set_id, u.position, u.identity FROM impu u WHERE u.set_id IN (SELECT set_id FROM ends)"
        " AND u.type <> 'wildcarded_pui')"
        " SELECT k.identity, s.scscf_host, ARRAY (SELECT identity FROM named ORDER BY id LIMIT 100),"
        " CASE WHEN s.scscf_host IS NULL THEN 0 ELSE (SELECT count(*) FROM named) END,"
        " ARRAY (SELECT identity FROM members ORDER BY set_id, position LIMIT 100), (SELECT count(*) FROM members)"
        " FROM known k JOIN subscription s ON s.id = k.subscription_id"},
    Statement{"deregister", "SELECT deregister($1::text, $2::bigint::integer, $3::text)"},
}};

#undef QUINTET_LINES
#undef QUINTET_SOMEBODY_IS_PENDING
#undef QUINTET_PAGE

std::vector<std::string> take_texts(Cursor& row) {
  const auto texts = row.take<std::vector<std::string_view>>();
  return {texts.begin(), texts.end()};
}

RegistrationLine take_line(Cursor& row) {
  RegistrationLine out;
  row.read(out.set, out.subscription, out.state, out.scscf_name, out.scscf_host, out.assigned_at, out.profile,
           out.pushes);
  out.impis = take_texts(row);
  row.read(out.impi_count);
  out.impus = take_texts(row);
  row.read(out.impu_count, out.json);
  return out;
}

Page<RegistrationLine> page_of(const Result& result, std::int64_t limit) {
  Page<RegistrationLine> out;
  for (Cursor row(result); row.next();) {
    out.rows.push_back(take_line(row));
  }
  out.cut(limit);
  return out;
}

}  // namespace

RegistrationAdmin::RegistrationAdmin(const AdminAccess& access)
    : options_(std::make_unique<const Options>(options_of(access))),
      connection_(std::make_unique<Connection>(*options_,
                                               joined({transaction_statements(), audit_statements(), statements}))) {}

RegistrationAdmin::~RegistrationAdmin() = default;

Page<RegistrationLine> RegistrationAdmin::list(const RegistrationFilter& filter) {
  const std::int64_t max_age = options_->pending_max_age.count();
  const auto results = run(
      *connection_, {command(statements["list_registrations"], filter.limit + 1, max_age, filter.state, filter.host)});
  return page_of(results.front(), filter.limit);
}

std::optional<Page<RegistrationLine>> RegistrationAdmin::of(const NamedIdentity& identity, std::int64_t limit) {
  const std::int64_t max_age = options_->pending_max_age.count();
  const auto results =
      run(*connection_, {command(statements["is_known"], identity.impi, identity.impu),
                         command(statements["registrations_of"], limit + 1, max_age, identity.impi, identity.impu)});
  Cursor known(results.front());
  known.next();
  if (!known.take<bool>()) return std::nullopt;
  return page_of(results.back(), limit);
}

std::optional<Ending> RegistrationAdmin::would_end(const NamedIdentity& identity) {
  const auto results = run(*connection_, {command(statements["would_end"], identity.impi, identity.impu)});
  Cursor row(results.front());
  if (!row.next()) return std::nullopt;
  Ending out;
  row.read(out.identity, out.scscf_host);
  out.impis = take_texts(row);
  row.read(out.impi_count);
  out.impus = take_texts(row);
  row.read(out.impu_count);
  row.end();
  return out;
}

void RegistrationAdmin::deregister(const Deregistration& wanted, const AuditEntry& entry) {
  Transaction transaction(*connection_);
  transaction.begin({command(statements["deregister"], wanted.identity, wanted.reason, wanted.info)});
  transaction.commit({}, {audit_command(entry)});
}

}  // namespace hss::pg

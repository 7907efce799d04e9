// SPDX-License-Identifier: Apache-2.0
// Subscriptions are locked in the order of their ids before anything of them is read; nested loops over unique indexes.
#include "hss/pg/cx/assignment_statements.h"

#include <array>

namespace hss::pg {
namespace {

// The identity itself; or the wildcard that the request names, if it still matches; or else the wildcard with the
// longest literal beginning (TS 29.228 table 6.1.2.1, TS 23.003 13.4A, 13.5).
#define QUINTET_FOUND_IMPU(identity, named)                                                                          \
  " LEFT JOIN LATERAL ("                                                                                             \
  "(SELECT d.type, d.set_id, CASE WHEN d.wildcard_prefix IS NOT NULL THEN d.identity END AS wildcard, d.psi_active," \
  " d.loose_route, d.privileged_sender FROM impu d WHERE d.identity = " identity                                     \
  ")"                                                                                                                \
  " UNION ALL "                                                                                                      \
  "(SELECT n.type, n.set_id, n.identity, n.psi_active, n.loose_route, n.privileged_sender"                           \
  " FROM impu n WHERE n.identity = " named " AND " identity                                                          \
  " ~ n.wildcard_pattern)"                                                                                           \
  " UNION ALL "                                                                                                      \
  "(SELECT w.type, w.set_id, w.identity, w.psi_active, w.loose_route, w.privileged_sender"                           \
  " FROM impu w WHERE w.wildcard_prefix = ANY (prefixes(" identity ")) AND " identity                                \
  " ~ w.wildcard_pattern"                                                                                            \
  " ORDER BY length(w.wildcard_prefix) DESC, w.id LIMIT 1)"                                                          \
  " LIMIT 1) u ON true LEFT JOIN registration_set t ON t.id = u.set_id"

// $1, $2 and $3: IMPI, identity and named wildcard of each row, NULL where the request has none.
#define QUINTET_ASSIGNMENTS \
  "SELECT r.n, i.id, t.id, t.subscription_id, u.type, u.wildcard, u.psi_active, u.loose_route,"                 \
  " u.privileged_sender, s.id, s.scscf_name, s.scscf_host, s.scscf_realm, s.reassignment_pending,"              \
  " c.id, c.primary_ecf, c.secondary_ecf, c.primary_ccf, c.secondary_ccf"                                       \
  " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS r (impi, impu, named, n)"                \
  " LEFT JOIN impi i ON i.identity = r.impi" QUINTET_FOUND_IMPU("r.impu", "r.named")                            \
  " JOIN subscription s ON s.id = coalesce(i.subscription_id, t.subscription_id)"                               \
  " LEFT JOIN charging_set c ON c.id = s.charging_set_id"                                                       \
  " ORDER BY s.id"

// $1: IMPIs; $2: identities of requests that have none, $3: the wildcards that these name.
#define QUINTET_SUBSCRIPTIONS                                                                              \
  "(SELECT i.subscription_id AS id FROM unnest($1::text[]) AS r (impi) JOIN impi i ON i.identity = r.impi" \
  " UNION "                                                                                                \
  "SELECT t.subscription_id FROM unnest($2::text[], $3::text[]) AS r (impu, named)" QUINTET_FOUND_IMPU(    \
      "r.impu", "r.named") " WHERE t.subscription_id IS NOT NULL) s"

// Tables that come and go, or may still be empty when a plan is made, stand in a subquery with OFFSET: they are looked
// up for each row, and never scanned. table: in the order of AssignmentSql
constexpr std::array statements{
    // ORDER BY stands below LockRows: locks are taken in the order of the ids, in every process. A row that somebody
    // else
    // holds is left out; read_assignments then tells it from one that is not there.
    Statement{"lock_assignments", QUINTET_ASSIGNMENTS " FOR NO KEY UPDATE OF s SKIP LOCKED"},
    Statement{"read_assignments", QUINTET_ASSIGNMENTS},
    // Rows of two kinds: IMPIs of a subscription, and its sets with the IMPIs associated.
    Statement{"read_subscriptions",
              "SELECT s.id, x.impi_id, x.identity, x.set_id, x.state, x.pending, x.registered, x.pending_is_old,"
              " x.unannounced, x.told"
              " FROM " QUINTET_SUBSCRIPTIONS " CROSS JOIN LATERAL ("
              "SELECT i.id AS impi_id, i.identity, NULL::bigint AS set_id, NULL::registration_state AS state,"
              " false AS pending, false AS registered, false AS pending_is_old, false AS unannounced,"
              " NULL::bytea AS told FROM impi i WHERE i.subscription_id = s.id"
              " UNION ALL "
              "SELECT p.impi_id, NULL, t.id, t.state, is_pending(p.auth_pending, p.pending_since, $4::bigint),"
              " p.registered, p.auth_pending AND NOT is_pending(p.auth_pending, p.pending_since, $4::bigint),"
              " p.restoration_unannounced, p.told"
              " FROM registration_set t LEFT JOIN impi_set p ON p.set_id = t.id WHERE t.subscription_id = s.id) x"},
    Statement{"read_restoration",
              "SELECT s.id, i.id, c.set_id, i.identity, c.path, c.contact, c.cseq, c.call_id,"
              " c.subscription_call_id, c.subscription_from, c.subscription_to, c.subscription_route,"
              " c.subscription_contact, c.p_cscf_call_id, c.p_cscf_from, c.p_cscf_to, c.p_cscf_contact,"
              " c.registration_time_out, c.scheme"
              " FROM " QUINTET_SUBSCRIPTIONS " JOIN impi i ON i.subscription_id = s.id CROSS JOIN LATERAL"
              " (SELECT * FROM restoration_contact WHERE impi_id = i.id OFFSET 0) c"
              " ORDER BY i.id, c.set_id, c.position"},
    Statement{"read_requests_seen",
              "SELECT r.n, q.outcome"
              " FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS r (host, id, asked, n)"
              " CROSS JOIN LATERAL"
              " (SELECT * FROM request_seen WHERE origin_host = r.host AND end_to_end = r.id OFFSET 0) q"
              " WHERE q.asked = sha256(convert_to(r.asked, 'UTF8'))"},
    Statement{"write_sets",
              "UPDATE registration_set SET state = v.state::registration_state"
              " FROM unnest($1::bigint[], $2::text[]) AS v (id, state) WHERE registration_set.id = v.id"},
    Statement{"write_associations",
              "UPDATE impi_set SET auth_pending = v.pending, registered = v.registered,"
              " restoration_unannounced = v.unannounced, pending_since = least(impi_set.pending_since, now())"
              " FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[])"
              " AS v (impi_id, set_id, pending, registered, unannounced)"
              " WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
    Statement{"write_told",
              "UPDATE impi_set SET told = v.told FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])"
              " AS v (impi_id, set_id, told) WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
    Statement{"forget_restoration",
              "DELETE FROM restoration_contact WHERE ctid = ANY (ARRAY ("
              "SELECT c.ctid FROM unnest($1::bigint[], $2::bigint[]) AS v (impi_id, set_id) CROSS JOIN LATERAL"
              " (SELECT ctid FROM restoration_contact WHERE impi_id = v.impi_id AND set_id = v.set_id OFFSET 0) c))"},
    Statement{"write_restoration",
              "INSERT INTO restoration_contact (impi_id, set_id, position, cseq, registration_time_out, scheme, path,"
              " contact, call_id, subscription_call_id, subscription_from, subscription_to, subscription_route,"
              " subscription_contact, p_cscf_call_id, p_cscf_from, p_cscf_to, p_cscf_contact)"
              " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],"
              " $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[],"
              " $14::bytea[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[])"},
    // Sorted by the caller. An identifier that a peer uses anew before its row is forgotten means the newer request.
    Statement{"write_requests_seen",
              "INSERT INTO request_seen (origin_host, end_to_end, asked, outcome)"
              " SELECT host, id, sha256(convert_to(asked, 'UTF8')), outcome"
              " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS r (host, id, asked, outcome)"
              " ON CONFLICT (origin_host, end_to_end)"
              " DO UPDATE SET asked = excluded.asked, outcome = excluded.outcome, seen_at = now()"},
    // RFC 6733 3: an End-to-End Identifier stays unique for four minutes. Small steps; nobody is waited for. What a
    // clock
    // that was ahead once has left in the future goes, too.
    Statement{"forget_requests_seen",
              "DELETE FROM request_seen WHERE ctid = ANY (ARRAY ("
              "SELECT ctid FROM request_seen WHERE seen_at < now() - interval '5 minutes'"
              " ORDER BY seen_at LIMIT 1000 FOR UPDATE SKIP LOCKED) || ARRAY ("
              "SELECT ctid FROM request_seen WHERE seen_at > now() + interval '5 minutes'"
              " ORDER BY seen_at DESC LIMIT 1000 FOR UPDATE SKIP LOCKED))"},
};

#undef QUINTET_SUBSCRIPTIONS
#undef QUINTET_ASSIGNMENTS
#undef QUINTET_FOUND_IMPU

}  // namespace

const Statement& statement(AssignmentSql sql) { return statements[static_cast<std::size_t>(sql)]; }

std::span<const Statement> assignment_statements() { return statements; }

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Every SQL statement of the server but those of Server-Assignment. Columns are read by position in store.cpp.
#include "hss/pg/statements.h"

#include "hss/pg/cx/assignment_statements.h"

#include <array>
#include <vector>

namespace hss::pg {
namespace {

#define QUINTET_KEY_COLUMNS \
  "c.name, c.kek_id, c.wrap_mechanism, c.k_wrapped, c.key_uri, c.data_key_id, c.opc_sealed, s.fingerprint"

// The rows were locked before; this only writes what they became.
#define QUINTET_WRITE_SQN(domain)                                                                            \
  "UPDATE sqn_state SET seq = v.seq, seq_lead = v.lead, ind_" domain                                         \
  " = v.ind FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[]) AS v (id, seq, lead, ind)" \
  " WHERE sqn_state.id = v.id"

// Capabilities are looked up only for an answer that has them: no S-CSCF is assigned, or they are asked for.
#define QUINTET_SERVED_COLUMNS "s.id, s.scscf_name, s.reassignment_pending, c.mandatory, c.optional, c.server_names"
#define QUINTET_JOIN_CAPABILITIES \
  " LEFT JOIN capability_set c ON c.id = s.capability_set_id AND (s.scscf_name IS NULL OR r.capabilities)"

// table: in the order of Sql
constexpr std::array statements{
    Statement{"begin", "BEGIN"},
    Statement{"begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    Statement{"commit", "COMMIT"},
    Statement{"rollback", "ROLLBACK"},
    // ORDER BY stands below LockRows: locks are taken in the order of the ids, in every process. A row that
    // somebody else holds is left out; read_keys then tells it from one that is not there.
    Statement{
        "lock_credentials",
        "SELECT r.n, " QUINTET_KEY_COLUMNS ", s.id, s.seq, s.seq_lead, s.raised_lead, s.clock_offset, s.ind_ps, "
        "s.ind_cs, s.ind_ims, s.ind_eps, s.ind_wlan,"
        " s.ind_gba, extract(epoch FROM s.resync_since)::bigint, s.resync_count, s.card_seq, s.asked_seq,"
        " s.asked_impi_id, s.asked_set_id,"
        " CASE WHEN s.return_until BETWEEN now() AND now() + interval '10 minutes'"
        " THEN s.return_nonce END, s.tableoid,"
        " (SELECT ARRAY[pg_relation_filenode('sqn_state')::bigint, seq_lead, coalesce(ind_bits, -1)] FROM cluster)"
        " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
        " JOIN impi i ON i.identity = r.impi"
        " JOIN credential c ON c.id = i.credential_id"
        " JOIN sqn_state s ON s.id = c.sqn_id"
        " ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED"},
    Statement{"read_registrations",
              "SELECT i.id, i.schemes, u.id, u.type = 'distinct_pui', u.set_id, t.state, p.auth_pending, s.id, "
              "s.scscf_name, s.scscf_host, s.scscf_realm, s.reassignment_pending, r.n,"
              " p.registered,"
              " NOT is_pending(p.auth_pending, p.pending_since, $3::bigint / 2) OR p.pending_since > now() + interval "
              "'1 minute'"
              " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r (impi, impu, n)"
              " LEFT JOIN impi i ON i.identity = r.impi"
              " LEFT JOIN subscription s ON s.id = i.subscription_id"
              " LEFT JOIN impu u ON u.identity = r.impu"
              " LEFT JOIN impi_set p ON p.impi_id = i.id AND p.set_id = u.set_id"
              " LEFT JOIN registration_set t ON t.id = u.set_id"},
    Statement{"lock_subscriptions",
              "SELECT id FROM subscription WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"},
    Statement{"read_keys", "SELECT r.n, " QUINTET_KEY_COLUMNS " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
                           " JOIN impi i ON i.identity = r.impi"
                           " JOIN credential c ON c.id = i.credential_id"
                           " LEFT JOIN sqn_state s ON s.id = c.sqn_id"},
    Statement{"read_keks", "SELECT id, wrap_mechanism, probe, check_value FROM kek ORDER BY id"},
    Statement{"write_sqn_ps", QUINTET_WRITE_SQN("ps")},
    Statement{"write_sqn_cs", QUINTET_WRITE_SQN("cs")},
    Statement{"write_sqn_ims", QUINTET_WRITE_SQN("ims")},
    Statement{"write_sqn_eps", QUINTET_WRITE_SQN("eps")},
    Statement{"write_sqn_wlan", QUINTET_WRITE_SQN("wlan")},
    Statement{"write_sqn_gba", QUINTET_WRITE_SQN("gba")},
    Statement{
        "write_sqn_state",
        "UPDATE sqn_state SET seq = v.seq, seq_lead = v.lead, ind_ps = v.ps, ind_cs = v.cs, ind_ims = v.ims,"
        " ind_eps = v.eps, ind_wlan = v.wlan, ind_gba = v.gba, raised_lead = v.raised_lead,"
        " clock_offset = v.clock_offset, resync_since = to_timestamp(v.since), resync_count = v.count,"
        " card_seq = v.card_seq, asked_seq = v.asked_seq, asked_impi_id = v.asked_impi, asked_set_id = v.asked_set"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],"
        " $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],"
        " $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[])"
        " AS v (id, seq, lead, ps, cs, ims, eps, wlan, gba, raised_lead, clock_offset, since, count, card_seq,"
        " asked_seq, asked_impi, asked_set)"
        " WHERE sqn_state.id = v.id"},
    Statement{"take_return", "SELECT take_return($1::bytea, $2::bytea, $3::bigint, $4::text)"},
    // With the first number; there is none before it. Another server may do the same just now, with the same length.
    Statement{"fix_ind_bits",
              "UPDATE cluster SET ind_bits = $1::bigint WHERE ind_bits IS NULL OR ind_bits = $1::bigint"},
    Statement{"write_subscriptions",
              "UPDATE subscription SET scscf_name = v.name, scscf_host = v.host, scscf_realm = v.realm,"
              " reassignment_pending = v.pending"
              " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])"
              " AS v (id, name, host, realm, pending)"
              " WHERE subscription.id = v.id"},
    Statement{"write_impi_sets",
              "UPDATE impi_set SET auth_pending = v.pending,"
              " pending_since = CASE WHEN v.pending THEN now() ELSE impi_set.pending_since END"
              " FROM unnest($1::bigint[], $2::bigint[], $3::boolean[]) AS v (impi_id, set_id, pending)"
              " WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
    Statement{"read_set_members",
              "SELECT u.set_id, u.id, u.identity, u.type::text, u.barred, p.id, p.revision, u.display_name,"
              " u.alias_group, u.trace_info, u.priority_level, u.max_registrations, e.namespace, e.level"
              " FROM impu u LEFT JOIN service_profile p ON p.id = u.service_profile_id"
              " LEFT JOIN extended_priority e ON e.impu_id = u.id"
              " WHERE u.set_id = ANY ($1::bigint[]) ORDER BY u.set_id, u.position, e.position"},
    Statement{"read_private_extensions",
              "SELECT i.id, i.imsi, l.access_type, l.access_info, l.access_value"
              " FROM impi i LEFT JOIN reference_location l ON l.impi_id = i.id"
              " WHERE i.id = ANY ($1::bigint[]) ORDER BY i.id, l.position"},
    // One statement, so that all of it is of one revision.
    Statement{
        "read_service_profiles",
        "SELECT p.id, p.revision, p.media_profile_id,"
        " ARRAY (SELECT s.service_id FROM service_profile_service s WHERE s.profile_id = p.id ORDER BY s.position),"
        " c.shared_ifc_set_id, c.id, c.priority, c.condition_type_cnf, c.profile_part,"
        " a.server_name, a.default_handling, a.service_info, a.include_register_request, a.include_register_response,"
        " t.kind::text, t.negated, t.groups, coalesce(t.request_uri, t.method, t.header, t.line), t.content,"
        " t.session_case, t.registration_types"
        " FROM service_profile p LEFT JOIN LATERAL ("
        "SELECT NULL::bigint AS shared_ifc_set_id, f.id, f.priority, f.condition_type_cnf, f.profile_part,"
        " f.application_server_id FROM initial_filter_criteria f WHERE f.profile_id = p.id"
        " UNION ALL "
        "SELECT s.shared_ifc_set_id, f.id, f.priority, f.condition_type_cnf, f.profile_part, f.application_server_id"
        " FROM service_profile_shared_ifc_set s"
        " LEFT JOIN initial_filter_criteria f ON f.shared_ifc_set_id = s.shared_ifc_set_id"
        " WHERE s.profile_id = p.id) c ON true"
        " LEFT JOIN application_server a ON a.id = c.application_server_id"
        " LEFT JOIN service_point_trigger t ON t.ifc_id = c.id"
        " WHERE p.id = ANY ($1::bigint[])"
        " ORDER BY p.id, c.shared_ifc_set_id NULLS FIRST, c.priority, c.id, t.position"},
    // Reading for User-Authorization and Location-Info: one statement and so one snapshot, no locks.
    Statement{"read_user_authorizations",
              "SELECT r.n, t.state, " QUINTET_SERVED_COLUMNS
              ", i.id IS NOT NULL, u.id IS NOT NULL, u.type = 'distinct_pui', p.impi_id IS NOT NULL, u.barred,"
              " u.barred AND EXISTS (SELECT FROM impu o WHERE o.set_id = u.set_id AND NOT o.barred"
              " AND o.type IN ('distinct_pui', 'wildcarded_pui')),"
              " u.may_register AND NOT s.suspended,"
              " i.roaming_area_id IS NULL OR EXISTS (SELECT FROM roaming_area_network a"
              " WHERE a.area_id = i.roaming_area_id AND a.network = r.visited),"
              " is_pending(p.auth_pending, p.pending_since, $5::bigint)"
              " FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) WITH ORDINALITY"
              " AS r (impi, impu, visited, capabilities, n)"
              " LEFT JOIN impi i ON i.identity = r.impi"
              " LEFT JOIN impu u ON u.identity = r.impu"
              " LEFT JOIN impi_set p ON p.impi_id = i.id AND p.set_id = u.set_id"
              " LEFT JOIN registration_set t ON t.id = u.set_id"
              " LEFT JOIN subscription s ON s.id = i.subscription_id" QUINTET_JOIN_CAPABILITIES},
    // The identity itself, which may be that of a wildcard, or else the wildcard with the longest literal beginning
    // (TS 23.003 13.4A, 13.5).
    Statement{"read_location_infos",
              "SELECT r.n, t.state, " QUINTET_SERVED_COLUMNS
              ", u.id IS NOT NULL, u.wildcard, u.type IN ('distinct_psi', 'wildcarded_psi'), u.psi_active,"
              " u.psi_application_server, coalesce(u.unregistered_services, f.unregistered_services)"
              " FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY AS r (impu, capabilities, n)"
              " LEFT JOIN LATERAL ("
              "(SELECT d.id, d.type, d.set_id, CASE WHEN d.wildcard_prefix IS NOT NULL THEN d.identity END AS wildcard,"
              " d.psi_active, d.psi_application_server, d.unregistered_services, d.service_profile_id"
              " FROM impu d WHERE d.identity = r.impu)"
              " UNION ALL "
              "(SELECT w.id, w.type, w.set_id, w.identity, w.psi_active, w.psi_application_server,"
              " w.unregistered_services, w.service_profile_id"
              " FROM impu w WHERE w.wildcard_prefix = ANY (prefixes(r.impu)) AND r.impu ~ w.wildcard_pattern"
              " AND NOT EXISTS (SELECT FROM impu d WHERE d.identity = r.impu)"
              " ORDER BY length(w.wildcard_prefix) DESC, w.id LIMIT 1)"
              " LIMIT 1) u ON true"
              " LEFT JOIN registration_set t ON t.id = u.set_id"
              " LEFT JOIN subscription s ON s.id = t.subscription_id"
              " LEFT JOIN service_profile f ON f.id = u.service_profile_id AND u.unregistered_services IS NULL"
              " AND t.state = 'not_registered'" QUINTET_JOIN_CAPABILITIES},
    Statement{"write_reassignment_pending",
              "UPDATE subscription SET reassignment_pending = true WHERE id = ANY ($1::bigint[])"},
    Statement{
        "read_scheme_data",
        "SELECT r.n, i.id, d.realm, d.data_key_id, d.md5_sealed, d.sha256_sealed, g.address, g.interface_id, l.line"
        " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
        " JOIN impi i ON i.identity = r.impi"
        " LEFT JOIN digest_secret d ON d.impi_id = i.id"
        " LEFT JOIN giba_binding g ON g.impi_id = i.id"
        " LEFT JOIN line_identifier l ON l.impi_id = i.id"
        " ORDER BY r.n, l.position"},
    // IMPIs first, then the members of the sets in their order; an IMPI that is registered in several sets comes once.
    Statement{"read_registered",
              "SELECT t.subscription_id, false, i.id, 0, i.identity FROM registration_set t"
              " JOIN impi_set p ON p.set_id = t.id AND p.registered JOIN impi i ON i.id = p.impi_id"
              " WHERE t.subscription_id = ANY ($1::bigint[]) AND t.state = 'registered'"
              " UNION"
              " SELECT t.subscription_id, true, t.id, u.position, u.identity FROM registration_set t"
              " JOIN impu u ON u.set_id = t.id AND u.type IN ('distinct_pui', 'distinct_psi')"
              " WHERE t.subscription_id = ANY ($1::bigint[]) AND t.state = 'registered'"
              " ORDER BY 1, 2, 3, 4"},
    Statement{
        "write_pushes",
        "INSERT INTO push (kind, destination_host, destination_realm, impi, associated, impus, reason, reason_info,"
        " subscription_id)"
        " SELECT v.kind::push_kind, v.host, v.realm, v.impi, string_to_array(v.associated, E'\\n'),"
        " string_to_array(v.impus, E'\\n'), v.reason, v.info, v.subscription"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],"
        " $8::text[], $9::bigint[]) AS v (kind, host, realm, impi, associated, impus, reason, info, subscription)"
        " ON CONFLICT (subscription_id, kind, destination_host) DO UPDATE SET due_at = excluded.due_at,"
        " destination_realm = excluded.destination_realm, impi = excluded.impi,"
        " associated = other_impis(push.impi || push.associated || excluded.associated, excluded.impi),"
        " impus = either(push.impus, excluded.impus), reason = excluded.reason, reason_info = excluded.reason_info"},
};

#undef QUINTET_JOIN_CAPABILITIES
#undef QUINTET_SERVED_COLUMNS
#undef QUINTET_WRITE_SQN
#undef QUINTET_KEY_COLUMNS

}  // namespace

const Statement& statement(Sql sql) { return statements[static_cast<std::size_t>(sql)]; }

const Statement& write_sqn(auc::Domain domain) {
  return statements[static_cast<std::size_t>(Sql::write_sqn_ps) + static_cast<std::size_t>(domain)];
}

std::span<const Statement> all_statements() {
  static const auto all = [] {
    std::vector<Statement> out(statements.begin(), statements.end());
    const auto assignment = assignment_statements();
    out.insert(out.end(), assignment.begin(), assignment.end());
    return out;
  }();
  return all;
}

}  // namespace hss::pg

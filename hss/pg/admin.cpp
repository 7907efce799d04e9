// SPDX-License-Identifier: Apache-2.0
// The operator's tool's statements, and what their rows mean.
#include "hss/pg/admin.h"

#include "hss/pg/admin_commands.h"
#include "hss/pg/connection.h"
#include "hss/pg/credential_transaction.h"
#include "hss/pg/cursor.h"

#include <array>
#include <utility>

namespace hss::pg {
namespace {

#define QUINTET_SQN_COLUMNS                                                                                           \
  "SELECT c.name,"                                                                                                    \
  " coalesce((SELECT string_agg(i.identity, ' ' ORDER BY i.identity) FROM impi i WHERE i.credential_id = c.id), '')," \
  " s.fingerprint, s.seq, s.seq_lead, s.clock_offset, s.ind_ps, s.ind_cs, s.ind_ims, s.ind_eps,"                      \
  " s.ind_wlan, s.ind_gba, (SELECT seq_lead FROM cluster), extract(epoch FROM s.resync_since)::bigint,"               \
  " s.resync_count, s.card_seq"                                                                                       \
  " FROM credential c "
#define QUINTET_SHOWN_STATE "LEFT JOIN sqn_state s ON s.id = c.sqn_id "

// Numbers outlive their credentials; nobody's card need follow them.
#define QUINTET_HAS_CARD "EXISTS (SELECT FROM credential c WHERE c.fingerprint = s.fingerprint)"

constexpr Statements statements{std::array{
    Statement{"begin", "BEGIN"},
    Statement{"commit", "COMMIT"},
    Statement{"rollback", "ROLLBACK"},
    Statement{"credential_by_name", QUINTET_SQN_COLUMNS QUINTET_SHOWN_STATE "WHERE c.name = $1"},
    Statement{"credential_by_impi", QUINTET_SQN_COLUMNS QUINTET_SHOWN_STATE
              "WHERE c.id = (SELECT i.credential_id FROM impi i WHERE i.identity = $1)"},
    Statement{"lock_credential",
              QUINTET_SQN_COLUMNS "JOIN sqn_state s ON s.id = c.sqn_id WHERE c.name = $1 FOR NO KEY UPDATE OF s"},
    Statement{"set_sequence",
              "SELECT set_sequence($1::bytea, $2::bigint, $3::bigint, $4::bigint = 1, $5::text, $6::text)"},
    Statement{"arm_return", "SELECT arm_return($1::bytea, $2::text, $3::text)"},
    Statement{"raise_lead", "UPDATE cluster SET seq_lead = seq_lead + $1::bigint RETURNING seq_lead"},
    Statement{"count_above", "SELECT count(*) FROM sqn_state s, cluster k WHERE " QUINTET_HAS_CARD
                             " AND s.seq + (k.seq_lead - s.seq_lead) > $1::bigint - $2::bigint"},
    // A SEQ that follows the clock moves away from a card that is not used, and couples again by itself.
    Statement{"count_far", "SELECT count(*) FROM sqn_state s, cluster k WHERE " QUINTET_HAS_CARD
                           " AND greatest(k.seq_lead - s.seq_lead, CASE WHEN $2::bigint = 1"
                           " THEN s.seq + (k.seq_lead - s.seq_lead) - s.card_seq END) > $1::bigint"},
    Statement{"add_kek",
              "INSERT INTO kek (id, wrap_mechanism, probe, check_value)"
              " VALUES ($1::bigint::integer, $2::text, $3::bytea, $4::bytea) ON CONFLICT (id) DO NOTHING"},
    Statement{"facts",
              "SELECT current_setting('server_version'), (SELECT max(version) FROM schema_version),"
              " current_setting('synchronous_commit'), timeline(), (SELECT seq_lead FROM cluster),"
              " (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
              " coalesce((SELECT identity FROM impi JOIN credential c ON c.id = credential_id"
              " WHERE c.fingerprint IS NOT NULL LIMIT 1), ''),"
              " (SELECT count(*) FROM credential c WHERE NOT " QUINTET_HAS_NUMBERS "),"
              " (SELECT count(*) FROM pg_trigger JOIN pg_class r ON r.oid = tgrelid"
              " WHERE relnamespace = 'quintet'::regnamespace AND tgenabled = 'A' AND tgname IN"
              " ('sqn_state_never_goes_back', 'sqn_state_keeps_its_key', 'sqn_state_is_never_removed',"
              " 'sqn_state_leaps_after_copy', 'cluster_never_goes_back', 'cluster_is_never_removed', "
              "'credential_has_numbers')),"
              " (SELECT count(*) FROM pg_subscription WHERE subdbid ="
              " (SELECT oid FROM pg_database WHERE datname = current_database()))"},
}};

#undef QUINTET_SHOWN_STATE
#undef QUINTET_SQN_COLUMNS

std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // binary parameter
}

std::optional<CredentialSqn> credential_in(const Result& result) {
  Cursor row(result);
  if (!row.next()) return std::nullopt;
  CredentialSqn out;
  row.read(out.name, out.impis, out.fingerprint);
  if (out.fingerprint.empty()) return out;
  row.read(out.sqn.seq, out.sqn.lead, out.sqn.clock_offset);
  for (auto& ind : out.sqn.last_ind) row.read(ind);
  row.read(out.cluster_lead);
  const auto since = row.take<std::optional<std::int64_t>>();
  if (since) out.resync_since.emplace(std::chrono::seconds(*since));
  row.read(out.resync_count, out.card_seq);
  row.end();
  return out;
}

// Of a statement that gives one row of one column.
std::uint64_t number_in(const Result& result) {
  Cursor row(result);
  row.next();
  return row.take<std::uint64_t>();
}

}  // namespace

Options options_of(const AdminAccess& access) {
  Options options;
  options.conninfo = access.conninfo;
  options.connect_timeout = access.connect_timeout;
  options.statement_timeout = access.statement_timeout;
  options.lead_jump = access.lead_jump;
  options.witness = access.witness;
  options.ind_bits = access.ind_bits;
  options.policy = access.policy;
  options.pending_max_age = access.pending_max_age;
  return options;
}

std::unique_ptr<CredentialStore> open_store(const AdminAccess& access) {
  return std::make_unique<PgCredentialStore>(options_of(access));
}

Admin::Admin(const AdminAccess& access)
    : options_(std::make_unique<const Options>(options_of(access))),
      connection_(std::make_unique<Connection>(*options_, joined({statements, audit_statements()}))) {}

Admin::~Admin() = default;

std::optional<CredentialSqn> Admin::credential(std::string_view name) {
  return credential_in(run(*connection_, {command(statements["credential_by_name"], name)}).front());
}

std::optional<CredentialSqn> Admin::credential_of(std::string_view impi) {
  return credential_in(run(*connection_, {command(statements["credential_by_impi"], impi)}).front());
}

std::optional<CredentialSqn> Admin::change_seq(std::string_view name, const Decision& decide, const SeqAct& act) {
  try {
    auto before = credential_in(
        run(*connection_, {command(statements["begin"]), command(statements["lock_credential"], name)}).back());
    if (!before) {
      run(*connection_, {command(statements["rollback"])});
      return std::nullopt;
    }
    const std::uint64_t seq = decide(*before);
    run(*connection_,
        {command(statements["set_sequence"], std::string_view(before->fingerprint), static_cast<std::int64_t>(seq),
                 static_cast<std::int64_t>(before->cluster_lead), std::int64_t{act.card_is_there ? 1 : 0},
                 std::string_view(act.action), std::string_view(act.note)),
         command(statements["commit"])});
    return before;
  } catch (...) {
    if (!connection_->broken()) run(*connection_, {command(statements["rollback"])});
    throw;
  }
}

std::uint64_t Admin::raise_lead(std::uint64_t by, const AuditEntry& entry) {
  const auto results =
      run(*connection_, {command(statements["begin"]), command(statements["raise_lead"], static_cast<std::int64_t>(by)),
                         audit_command(entry), command(statements["commit"])});
  return number_in(results[1]);
}

std::uint64_t Admin::count_above(std::uint64_t ceiling, std::uint64_t after_lead_of) {
  const auto results = run(*connection_, {command(statements["count_above"], static_cast<std::int64_t>(ceiling),
                                                  static_cast<std::int64_t>(after_lead_of))});
  return number_in(results.front());
}

std::uint64_t Admin::count_far(std::uint64_t distance, bool counts_only) {
  const auto results =
      run(*connection_,
          {command(statements["count_far"], static_cast<std::int64_t>(distance), std::int64_t{counts_only ? 1 : 0})});
  return number_in(results.front());
}

void Admin::arm_return(const CredentialSqn& row, const AuditEntry& entry) {
  run(*connection_, {command(statements["arm_return"], std::string_view(row.fingerprint),
                             std::string_view(entry.subject), std::string_view(entry.detail))});
}

bool Admin::add_kek(const hsm::KekCheck& check, const AuditEntry& entry) {
  const auto results =
      run(*connection_, {command(statements["begin"]), command(statements["add_kek"], std::int64_t{check.kek_id},
                                                               std::string_view(check.wrap_mechanism),
                                                               text_of(check.probe), text_of(check.check_value))});
  const bool added = results.back().affected() == 1;
  if (added) run(*connection_, {audit_command(entry), command(statements["commit"])});
  if (!added) run(*connection_, {command(statements["rollback"])});
  return added;
}

void Admin::audit(const AuditEntry& entry) { run(*connection_, {audit_command(entry)}); }

DatabaseFacts Admin::facts() {
  const auto results = run(*connection_, {command(statements["facts"])});
  Cursor row(results.front());
  row.next();
  DatabaseFacts facts;
  row.read(facts.server_version, facts.schema_version, facts.synchronous_commit, facts.timeline, facts.seq_lead);
  facts.clock += std::chrono::milliseconds(row.take<std::int64_t>());
  row.read(facts.some_impi, facts.without_fingerprint, facts.guards, facts.subscriptions);
  row.end();
  return facts;
}

}  // namespace hss::pg

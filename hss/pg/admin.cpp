// SPDX-License-Identifier: Apache-2.0
// The operator's tool's statements, and what their rows mean.
#include "hss/pg/admin.h"

#include "hss/pg/connection.h"
#include "hss/pg/credential_rows.h"
#include "hss/pg/cx/authentication.h"

#include <array>
#include <utility>

namespace hss::pg {
namespace {

#define QUINTET_SQN_COLUMNS                                                                                          \
  "SELECT s.fingerprint, c.name, s.seq, s.seq_lead, s.clock_offset, s.ind_ps, s.ind_cs, s.ind_ims, s.ind_eps,"       \
  " s.ind_wlan, s.ind_gba, (SELECT seq_lead FROM cluster), extract(epoch FROM s.resync_since)::bigint,"              \
  " s.resync_count, s.card_seq,"                                                                                     \
  " coalesce((SELECT string_agg(i.identity, ' ' ORDER BY i.identity) FROM impi i WHERE i.credential_id = c.id), '')" \
  " FROM credential c "
#define QUINTET_SHOWN_STATE "LEFT JOIN sqn_state s ON s.id = c.sqn_id "

// Numbers outlive their credentials; nobody's card need follow them.
#define QUINTET_HAS_CARD "EXISTS (SELECT FROM credential c WHERE c.fingerprint = s.fingerprint)"

enum class Sql : std::size_t {
  begin,
  commit,
  rollback,
  by_name,
  by_impi,
  lock,
  set_sequence,
  arm_return,
  audit,
  raise_lead,
  count_above,
  count_far,
  add_kek,
  facts
};

// table: in the order of Sql
constexpr std::array statements{
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
    Statement{"audit", "INSERT INTO audit (action, subject, detail) VALUES ($1::text, $2::text, $3::text)"},
    Statement{"raise_lead", "UPDATE cluster SET seq_lead = seq_lead + $1::bigint RETURNING seq_lead"},
    Statement{"count_above", "SELECT count(*) FROM sqn_state s, cluster k WHERE " QUINTET_HAS_CARD
                             " AND s.seq + (k.seq_lead - s.seq_lead) > $1::bigint - $2::bigint"},
    // A SEQ that follows the clock moves away from a card that is not used, and couples anew by itself.
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
};

#undef QUINTET_SHOWN_STATE
#undef QUINTET_SQN_COLUMNS

Command command(Sql sql) { return {&statements[static_cast<std::size_t>(sql)], {}}; }

template <typename... Values>
Command command(Sql sql, const Values&... values) {
  Command out = command(sql);
  (out.params.add(values), ...);
  return out;
}

Command audit_command(const AuditEntry& entry) {
  return command(Sql::audit, std::string_view(entry.action), std::string_view(entry.subject),
                 std::string_view(entry.detail));
}

std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // binary parameter
}

std::optional<CredentialSqn> credential_in(const Result& result) {
  if (result.rows() == 0) return std::nullopt;
  CredentialSqn row;
  row.name = result.octets(0, 1);
  row.impis = result.octets(0, 15);
  if (result.is_null(0, 0)) return row;
  row.fingerprint = result.octets(0, 0);
  row.sqn.seq = static_cast<std::uint64_t>(result.integer(0, 2));
  row.sqn.lead = static_cast<std::uint64_t>(result.integer(0, 3));
  if (!result.is_null(0, 4)) row.sqn.clock_offset = result.integer(0, 4);
  for (std::size_t domain = 0; domain < auc::domain_count; ++domain) {
    const int column = 5 + static_cast<int>(domain);
    if (!result.is_null(0, column)) row.sqn.last_ind[domain] = static_cast<std::uint8_t>(result.integer(0, column));
  }
  row.cluster_lead = static_cast<std::uint64_t>(result.integer(0, 11));
  if (!result.is_null(0, 12)) row.resync_since.emplace(std::chrono::seconds(result.integer(0, 12)));
  row.resync_count = static_cast<std::uint32_t>(result.integer(0, 13));
  row.card_seq = static_cast<std::uint64_t>(result.integer(0, 14));
  return row;
}

std::vector<Result> run(Connection& connection, std::initializer_list<Command> commands) {
  return connection.run(std::span(commands.begin(), commands.size()));
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
  return options;
}

std::unique_ptr<AuthenticationStore> open_store(const AdminAccess& access) {
  return std::make_unique<PgAuthenticationStore>(options_of(access));
}

Admin::Admin(const AdminAccess& access)
    : options_(std::make_unique<const Options>(options_of(access))),
      connection_(std::make_unique<Connection>(*options_, std::span<const Statement>(statements))) {}

Admin::~Admin() = default;

std::optional<CredentialSqn> Admin::credential(std::string_view name) {
  return credential_in(run(*connection_, {command(Sql::by_name, name)}).front());
}

std::optional<CredentialSqn> Admin::credential_of(std::string_view impi) {
  return credential_in(run(*connection_, {command(Sql::by_impi, impi)}).front());
}

std::optional<CredentialSqn> Admin::change_seq(std::string_view name, const Decision& decide, const SeqAct& act) {
  try {
    auto before = credential_in(run(*connection_, {command(Sql::begin), command(Sql::lock, name)}).back());
    if (!before) {
      run(*connection_, {command(Sql::rollback)});
      return std::nullopt;
    }
    const std::uint64_t seq = decide(*before);
    run(*connection_, {command(Sql::set_sequence, std::string_view(before->fingerprint), static_cast<std::int64_t>(seq),
                               static_cast<std::int64_t>(before->cluster_lead), std::int64_t{act.card_is_there ? 1 : 0},
                               std::string_view(act.action), std::string_view(act.note)),
                       command(Sql::commit)});
    return before;
  } catch (...) {
    if (!connection_->broken()) run(*connection_, {command(Sql::rollback)});
    throw;
  }
}

std::uint64_t Admin::raise_lead(std::uint64_t by, const AuditEntry& entry) {
  const auto results = run(*connection_, {command(Sql::begin), command(Sql::raise_lead, static_cast<std::int64_t>(by)),
                                          audit_command(entry), command(Sql::commit)});
  return static_cast<std::uint64_t>(results[1].integer(0, 0));
}

std::uint64_t Admin::count_above(std::uint64_t ceiling, std::uint64_t after_lead_of) {
  const auto results =
      run(*connection_,
          {command(Sql::count_above, static_cast<std::int64_t>(ceiling), static_cast<std::int64_t>(after_lead_of))});
  return static_cast<std::uint64_t>(results.front().integer(0, 0));
}

std::uint64_t Admin::count_far(std::uint64_t distance, bool counts_only) {
  const auto results = run(
      *connection_, {command(Sql::count_far, static_cast<std::int64_t>(distance), std::int64_t{counts_only ? 1 : 0})});
  return static_cast<std::uint64_t>(results.front().integer(0, 0));
}

void Admin::arm_return(const CredentialSqn& row, const AuditEntry& entry) {
  run(*connection_, {command(Sql::arm_return, std::string_view(row.fingerprint), std::string_view(entry.subject),
                             std::string_view(entry.detail))});
}

bool Admin::add_kek(const hsm::KekCheck& check, const AuditEntry& entry) {
  const auto results = run(
      *connection_,
      {command(Sql::begin), command(Sql::add_kek, std::int64_t{check.kek_id}, std::string_view(check.wrap_mechanism),
                                    text_of(check.probe), text_of(check.check_value))});
  const bool added = results.back().affected() == 1;
  if (added) run(*connection_, {audit_command(entry), command(Sql::commit)});
  if (!added) run(*connection_, {command(Sql::rollback)});
  return added;
}

void Admin::audit(const AuditEntry& entry) { run(*connection_, {audit_command(entry)}); }

DatabaseFacts Admin::facts() {
  const auto results = run(*connection_, {command(Sql::facts)});
  const Result& row = results.front();
  DatabaseFacts facts;
  facts.server_version = row.octets(0, 0);
  facts.schema_version = row.integer(0, 1);
  facts.synchronous_commit = row.octets(0, 2);
  facts.timeline = row.integer(0, 3);
  facts.seq_lead = static_cast<std::uint64_t>(row.integer(0, 4));
  facts.clock += std::chrono::milliseconds(row.integer(0, 5));
  facts.some_impi = row.octets(0, 6);
  facts.without_fingerprint = static_cast<std::uint64_t>(row.integer(0, 7));
  facts.guards = static_cast<std::uint64_t>(row.integer(0, 8));
  facts.subscriptions = static_cast<std::uint64_t>(row.integer(0, 9));
  return facts;
}

}  // namespace hss::pg

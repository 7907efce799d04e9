// SPDX-License-Identifier: Apache-2.0
// Locks and reads number states, and their keys.
#include "hss/pg/credential_rows.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

namespace hss::pg {
namespace {

#define QUINTET_KEY_COLUMNS \
  "c.name, c.kek_id, c.wrap_mechanism, c.k_wrapped, c.key_uri, c.data_key_id, c.opc_sealed, s.fingerprint"

// Read by take_passage, take_key and take_state.
#define QUINTET_LOCKED_COLUMNS                                                                                   \
  "r.n, s.tableoid, (SELECT ARRAY[pg_relation_filenode('sqn_state')::bigint, seq_lead, coalesce(ind_bits, -1)]"  \
  " FROM cluster), " QUINTET_KEY_COLUMNS                                                                         \
  ", s.id, s.seq, s.seq_lead, s.raised_lead, s.clock_offset, s.ind_ps, s.ind_cs, s.ind_ims, s.ind_eps,"          \
  " s.ind_wlan, s.ind_gba, extract(epoch FROM s.resync_since)::bigint, s.resync_count, s.card_seq, s.asked_seq," \
  " s.asked_impi_id, s.asked_set_id,"                                                                            \
  " CASE WHEN s.return_until BETWEEN now() AND now() + interval '10 minutes' THEN s.return_nonce END"

// ORDER BY stands below LockRows: locks are taken in the order of the ids, in every process. A row that somebody else
// holds is left out; what is left out is told apart by read_keys and read_keys_of_imsis.
#define QUINTET_LOCKED                   \
  " JOIN sqn_state s ON s.id = c.sqn_id" \
  " ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED"

// The credential of the IMPIs that have this IMSI, when they agree.
#define QUINTET_OF_IMSI                                                                            \
  " CROSS JOIN LATERAL (SELECT count(*) AS found, count(DISTINCT o.credential_id) AS credentials," \
  " min(o.credential_id) AS credential_id FROM impi o WHERE o.imsi = r.imsi) i"

constexpr Statements statements{std::array{
    Statement{"lock_credentials",
              "SELECT " QUINTET_LOCKED_COLUMNS " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
              " JOIN impi i ON i.identity = r.impi JOIN credential c ON c.id = i.credential_id" QUINTET_LOCKED},
    Statement{"read_keys",
              "SELECT r.n, false, " QUINTET_KEY_COLUMNS " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
              " JOIN impi i ON i.identity = r.impi"
              " LEFT JOIN credential c ON c.id = i.credential_id"
              " LEFT JOIN sqn_state s ON s.id = c.sqn_id"},
    Statement{"read_keks", "SELECT id, wrap_mechanism, probe, check_value FROM kek ORDER BY id"},
}};

constexpr Statements imsis{std::array{
    Statement{"lock_credentials_of_imsis",
              "SELECT " QUINTET_LOCKED_COLUMNS " FROM unnest($1::text[]) WITH ORDINALITY AS r (imsi, n)" QUINTET_OF_IMSI
              " JOIN credential c ON c.id = i.credential_id AND i.credentials = 1" QUINTET_LOCKED},
    Statement{"read_keys_of_imsis", "SELECT r.n, i.credentials > 1, " QUINTET_KEY_COLUMNS
                                    " FROM unnest($1::text[]) WITH ORDINALITY AS r (imsi, n)" QUINTET_OF_IMSI
                                    " LEFT JOIN credential c ON c.id = i.credential_id AND i.credentials = 1"
                                    " LEFT JOIN sqn_state s ON s.id = c.sqn_id"
                                    " WHERE i.found > 0"},
}};

#undef QUINTET_OF_IMSI
#undef QUINTET_LOCKED
#undef QUINTET_LOCKED_COLUMNS
#undef QUINTET_KEY_COLUMNS

using Key = std::shared_ptr<const hsm::KeyReference>;
using By = CredentialWanted::By;

// One command for each way of finding members that some want, with as many identities as there are members: none
// stands where a member is not wanted, or is found in the other way.
template <typename IsWanted>
std::vector<Command> commands_by(const Statement* by_impi, const Statement* by_imsi, Wanted wanted,
                                 const IsWanted& is_wanted) {
  std::vector<Command> out;
  for (const auto& [by, statement] : {std::pair{By::impi, by_impi}, std::pair{By::imsi, by_imsi}}) {
    std::vector<std::string_view> identities(wanted.size());
    bool is_any = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].by == by && !wanted[i].identity.empty() && is_wanted(i)) {
        identities[i] = wanted[i].identity;
        is_any = true;
      }
    }
    if (is_any) {
      out.push_back({statement, {}});
      out.back().params.add(std::span<const std::string_view>(identities));
    }
  }
  return out;
}

bool always(std::size_t /*member*/) { return true; }

// The same in all rows.
constexpr int passage_columns = 2;
Passage take_passage(Cursor& row) {
  Passage out;
  out.table_oid = row.take<std::int64_t>();
  const auto now = row.take<std::vector<std::int64_t>>();  // file of the table, lead, length of IND or -1
  if (now.size() != 3) {
    throw StoreError(StoreFailure::config, "the table quintet.cluster has no row: sequence numbers were removed");
  }
  out.table_filenode = now[0];
  out.lead = static_cast<std::uint64_t>(now[1]);
  out.ind_bits = now[2] < 0 ? std::nullopt : std::optional(now[2]);
  return out;
}

// Behind its id.
CredentialRow take_state(Cursor& row, std::int64_t id, const hsm::KeyReference& key) {
  CredentialRow out;
  out.id = id;
  out.fingerprint = key.fingerprint;
  row.read(out.sqn.seq, out.sqn.lead, out.sqn.raised_lead, out.sqn.clock_offset);
  for (auto& ind : out.sqn.last_ind) {
    row.read(ind);
  }
  if (const auto since = row.take<std::optional<std::int64_t>>()) {
    out.resync_since = std::chrono::sys_seconds(std::chrono::seconds(*since));
  }
  row.read(out.resync_count, out.card_seq);
  if (const auto seq = row.take<std::optional<std::uint64_t>>()) {
    out.asked = AskedChallenge{*seq, row.take<std::int64_t>(), row.take<std::int64_t>()};
  } else {
    row.skip(2);
  }
  row.read(out.return_nonce);
  return out;
}

// Members of one K share its row.
void read_locked(const Result& result, std::map<std::int64_t, std::size_t>& places, std::optional<Passage>& passage,
                 CredentialRows& rows) {
  for (Cursor row(result); row.next();) {
    auto& member = rows.members.at(row.place());
    if (passage) {
      row.skip(passage_columns);
    } else {
      passage = take_passage(row);
    }
    member.key = take_key(row);
    member.is_known = true;
    const auto id = row.take<std::int64_t>();
    const auto [place, is_new] = places.try_emplace(id, rows.rows.size());
    member.credential = place->second;
    if (is_new) {
      rows.rows.push_back(take_state(row, id, *member.key));
    } else {
      row.leave();
    }
  }
}

struct LeftOut {
  std::size_t member;
  bool is_ambiguous;
  Key key;  // null: none
};

std::vector<LeftOut> left_out_in(std::span<const Result> results) {
  std::vector<LeftOut> out;
  for (const Result& result : results) {
    for (Cursor row(result); row.next();) {
      LeftOut& one = out.emplace_back(LeftOut{row.place(), row.take<bool>(), nullptr});
      if (row.at_null()) {
        row.leave();
      } else {
        one.key = take_key(row);
      }
    }
  }
  return out;
}

constexpr const Statement* read_keys = statements["read_keys"];
constexpr const Statement* read_keys_of_imsis = imsis["read_keys_of_imsis"];

template <typename IsWanted>
std::vector<Command> keys_commands(Wanted wanted, const IsWanted& is_wanted) {
  return commands_by(read_keys, read_keys_of_imsis, wanted, is_wanted);
}

}  // namespace

std::span<const Statement> credential_statements() { return statements; }
std::span<const Statement> imsi_statements() { return imsis; }

Key take_key(Cursor& row) {
  auto key = std::make_shared<hsm::KeyReference>();
  row.read(key->owner);
  key->kek_id = row.take<std::optional<std::uint16_t>>().value_or(0);
  row.read(key->wrap_mechanism, key->wrapped, key->uri, key->data_key_id, key->sealed, key->fingerprint);
  return key;
}

std::vector<Command> lock_credentials_commands(Wanted wanted) {
  return commands_by(statements["lock_credentials"], imsis["lock_credentials_of_imsis"], wanted, always);
}

std::optional<Passage> read_credentials(std::span<const Result> results, CredentialRows& rows) {
  std::map<std::int64_t, std::size_t> places;  // by id
  std::optional<Passage> passage;
  for (const Result& result : results) {
    read_locked(result, places, passage, rows);
  }
  if (passage) {
    rows.seq_lead = passage->lead;
  }
  return passage;
}

std::vector<Command> read_left_out_commands(Wanted wanted, const CredentialRows& rows) {
  return keys_commands(wanted, [&](std::size_t i) { return rows.members[i].credential == none; });
}

void read_left_out(std::span<const Result> results, CredentialRows& rows) {
  for (LeftOut& one : left_out_in(results)) {
    auto& member = rows.members.at(one.member);
    member.is_known = true;
    member.is_ambiguous = one.is_ambiguous;
    member.numbers_held = one.key && !one.key->fingerprint.empty();
    member.key = std::move(one.key);
  }
}

std::vector<Key> keys_of(Connection& connection, Wanted wanted) {
  std::vector<Key> out(wanted.size());
  const auto commands = keys_commands(wanted, always);
  if (commands.empty()) {
    return out;
  }
  for (LeftOut& one : left_out_in(connection.run(commands))) {
    out.at(one.member) = std::move(one.key);
  }
  return out;
}

std::vector<hsm::KekCheck> kek_checks(Connection& connection) {
  const std::array commands{Command{statements["read_keks"], {}}};
  const auto results = connection.run(commands);
  std::vector<hsm::KekCheck> out;
  for (Cursor row(results.front()); row.next();) {
    hsm::KekCheck& check = out.emplace_back();
    row.read(check.kek_id, check.wrap_mechanism, check.probe, check.check_value);
  }
  return out;
}

}  // namespace hss::pg

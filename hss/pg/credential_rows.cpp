// SPDX-License-Identifier: Apache-2.0
// Columns by position, as the statements in statements.cpp name them.
#include "hss/pg/credential_rows.h"

#include "hss/pg/statements.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

namespace hss::pg {
namespace {

using Key = std::shared_ptr<const hsm::KeyReference>;

std::vector<std::uint8_t> bytes(std::string_view octets) { return {octets.begin(), octets.end()}; }
std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // binary parameter
}

std::optional<std::int64_t> optional_integer(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(result.integer(row, column));
}

std::uint64_t count_at(const Result& result, int row, int column) {
  return static_cast<std::uint64_t>(result.integer(row, column));
}

// The columns of QUINTET_KEY_COLUMNS; r.n stands before them.
enum KeyColumn { n, owner, kek_id, wrap_mechanism, wrapped, uri, data_key_id, sealed, fingerprint };

// The columns of lock_credentials behind those of the key.
enum StateColumn {
  state_id = fingerprint + 1,
  seq,
  lead,
  raised_lead,
  clock_offset,
  first_ind,
  resync_since = first_ind + static_cast<int>(auc::domain_count),
  resync_count,
  card_seq,
  asked_seq,
  asked_impi,
  asked_set,
  return_nonce,
  table_oid,
  passage
};

Passage passage_at(const Result& result, int row) {
  const auto now = result.integers(row, passage);  // file of the table, lead, length of IND or -1
  if (now.size() != 3) {
    throw StoreError(StoreFailure::config, "the table quintet.cluster has no row: sequence numbers were removed");
  }
  return {static_cast<std::uint64_t>(now[1]), now[2] < 0 ? std::nullopt : std::optional(now[2]),
          result.integer(row, table_oid), now[0]};
}

CredentialRow credential_at(const Result& result, int row) {
  CredentialRow out;
  out.id = result.integer(row, state_id);
  out.fingerprint = bytes(result.octets(row, fingerprint));
  out.sqn.seq = count_at(result, row, seq);
  out.sqn.lead = count_at(result, row, lead);
  out.sqn.raised_lead = count_at(result, row, raised_lead);
  out.sqn.clock_offset = optional_integer(result, row, clock_offset);
  for (std::size_t domain = 0; domain < auc::domain_count; ++domain) {
    if (const auto ind = optional_integer(result, row, first_ind + static_cast<int>(domain))) {
      out.sqn.last_ind[domain] = static_cast<std::uint8_t>(*ind);
    }
  }
  if (const auto since = optional_integer(result, row, resync_since)) {
    out.resync_since = std::chrono::sys_seconds(std::chrono::seconds(*since));
  }
  out.resync_count = static_cast<std::uint32_t>(result.integer(row, resync_count));
  out.card_seq = count_at(result, row, card_seq);
  if (!result.is_null(row, asked_seq)) {
    out.asked = AskedChallenge{count_at(result, row, asked_seq), result.integer(row, asked_impi),
                               result.integer(row, asked_set)};
  }
  out.return_nonce = bytes(result.octets(row, return_nonce));
  return out;
}

// One column of the changed rows after the other, as array parameters.
template <typename Value, typename Of>
void add_column(Params& params, std::span<const CredentialRow* const> rows, const Of& of) {
  std::vector<Value> values;
  values.reserve(rows.size());
  for (const CredentialRow* row : rows) {
    values.push_back(of(*row));
  }
  params.add(std::span<const Value>(values));
}

using Number = std::int64_t;
using MaybeNumber = std::optional<std::int64_t>;

// SEQ and lead of each state, behind its id.
void add_numbers(Params& params, std::span<const CredentialRow* const> rows) {
  add_column<Number>(params, rows, [](const CredentialRow& row) { return Number{row.id}; });
  add_column<Number>(params, rows, [](const CredentialRow& row) { return static_cast<Number>(row.sqn.seq); });
  add_column<Number>(params, rows, [](const CredentialRow& row) { return static_cast<Number>(row.sqn.lead); });
}

MaybeNumber ind_of(const CredentialRow& row, std::size_t domain) {
  return row.sqn.last_ind[domain] ? MaybeNumber(*row.sqn.last_ind[domain]) : std::nullopt;
}

// The common case: nothing but SEQ, lead and the IND of one domain.
Command numbers_command(std::span<const CredentialRow* const> rows, auc::Domain domain) {
  Command out{&write_sqn(domain), {}};
  add_numbers(out.params, rows);
  add_column<std::int16_t>(out.params, rows, [&](const CredentialRow& row) {
    return static_cast<std::int16_t>(row.sqn.last_ind[static_cast<std::size_t>(domain)].value_or(0));
  });
  return out;
}

void add_rest(Params& params, std::span<const CredentialRow* const> rows) {
  const auto asked = [](auto member) {
    return [member](const CredentialRow& row) {
      return row.asked ? MaybeNumber(static_cast<Number>((*row.asked).*member)) : std::nullopt;
    };
  };
  add_column<Number>(params, rows, [](const CredentialRow& row) { return static_cast<Number>(row.sqn.raised_lead); });
  add_column<MaybeNumber>(params, rows, [](const CredentialRow& row) { return row.sqn.clock_offset; });
  add_column<MaybeNumber>(params, rows, [](const CredentialRow& row) {
    return row.resync_since ? MaybeNumber(row.resync_since->time_since_epoch().count()) : std::nullopt;
  });
  add_column<Number>(params, rows, [](const CredentialRow& row) { return Number{row.resync_count}; });
  add_column<Number>(params, rows, [](const CredentialRow& row) { return static_cast<Number>(row.card_seq); });
  add_column<MaybeNumber>(params, rows, asked(&AskedChallenge::seq));
  add_column<MaybeNumber>(params, rows, asked(&AskedChallenge::impi_id));
  add_column<MaybeNumber>(params, rows, asked(&AskedChallenge::set_id));
}

Command whole_command(std::span<const CredentialRow* const> rows) {
  Command out{&statement(Sql::write_sqn_state), {}};
  add_numbers(out.params, rows);
  for (std::size_t domain = 0; domain < auc::domain_count; ++domain) {
    add_column<MaybeNumber>(out.params, rows, [&](const CredentialRow& row) { return ind_of(row, domain); });
  }
  add_rest(out.params, rows);
  return out;
}

Command return_command(const CredentialRow& row) {
  Command out{&statement(Sql::take_return), {}};
  out.params.add(text_of(row.fingerprint));
  out.params.add(text_of(row.returned->nonce));
  out.params.add(static_cast<Number>(row.returned->seq));
  out.params.add(std::string_view(row.returned->credential));
  return out;
}

}  // namespace

Key key_at(const Result& result, int row) {
  auto key = std::make_shared<hsm::KeyReference>();
  key->owner = result.octets(row, owner);
  key->kek_id =
      result.is_null(row, kek_id) ? std::uint16_t{0} : static_cast<std::uint16_t>(result.integer(row, kek_id));
  key->wrap_mechanism = result.octets(row, wrap_mechanism);
  key->wrapped = bytes(result.octets(row, wrapped));
  key->uri = result.octets(row, uri);
  key->data_key_id = static_cast<std::uint16_t>(result.integer(row, data_key_id));
  key->sealed = bytes(result.octets(row, sealed));
  key->fingerprint = bytes(result.octets(row, fingerprint));
  return key;
}

// No IMPI stands where a member needs no credential.
Command lock_credentials_command(std::span<const AskedAuthentication> members) {
  std::vector<std::string_view> impis;
  impis.reserve(members.size());
  for (const AskedAuthentication& member : members) {
    impis.push_back(needs_credential(member.asked) ? std::string_view(member.impi) : std::string_view{});
  }
  Command out{&statement(Sql::lock_credentials), {}};
  out.params.add(std::span<const std::string_view>(impis));
  return out;
}

void read_credentials(const Result& result, AuthenticationRows& rows) {
  if (const auto passage = passage_in(result)) {
    rows.seq_lead = passage->lead;
  }
  std::map<std::int64_t, std::size_t> places;  // by id
  for (int row = 0; row < result.rows(); ++row) {
    auto& member = rows.members.at(static_cast<std::size_t>(result.integer(row, n) - 1));
    const auto [place, is_new] = places.try_emplace(result.integer(row, state_id), rows.credentials.size());
    if (is_new) {
      rows.credentials.push_back(credential_at(result, row));
    }
    member.credential = place->second;
    member.key = key_at(result, row);
  }
}

std::optional<Passage> passage_in(const Result& result) {
  if (result.rows() == 0) {
    return std::nullopt;
  }
  return passage_at(result, 0);
}

Write ind_bits_write(unsigned length) {
  Write write{{&statement(Sql::fix_ind_bits), {}}, 1};
  write.command.params.add(std::int64_t{length});
  return write;
}

Command read_keys_command(std::span<const std::string_view> impis) {
  Command out{&statement(Sql::read_keys), {}};
  out.params.add(impis);
  return out;
}

std::vector<Key> keys_in(const Result& result, std::size_t count) {
  std::vector<Key> out(count);
  for (int row = 0; row < result.rows(); ++row) {
    out.at(static_cast<std::size_t>(result.integer(row, n) - 1)) = key_at(result, row);
  }
  return out;
}

std::vector<Write> sqn_writes(const AuthenticationRows& rows, auc::Domain domain) {
  std::vector<const CredentialRow*> numbers;
  std::vector<const CredentialRow*> whole;
  for (const CredentialRow& row : rows.credentials) {
    if (row.rest_changed) {
      whole.push_back(&row);
    } else if (row.changed) {
      numbers.push_back(&row);
    }
  }
  std::vector<Write> out;
  for (const CredentialRow* row : whole) {
    if (row->returned) {  // first: the writes below would go down
      out.push_back({return_command(*row), std::nullopt});
    }
  }
  if (!numbers.empty()) {
    out.push_back({numbers_command(numbers, domain), std::nullopt});
  }
  if (!whole.empty()) {
    out.push_back({whole_command(whole), std::nullopt});
  }
  return out;
}

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Writes number states that are locked, in array statements.
#include "hss/pg/credential_writes.h"

#include <algorithm>
#include <array>
#include <optional>

namespace hss::pg {
namespace {

// The rows were locked before; this only writes what they became.
#define QUINTET_WRITE_SQN(domain)                                                                            \
  "UPDATE sqn_state SET seq = v.seq, seq_lead = v.lead, ind_" domain                                         \
  " = v.ind FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[]) AS v (id, seq, lead, ind)" \
  " WHERE sqn_state.id = v.id"

constexpr Statements statements{std::array{
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
}};

#undef QUINTET_WRITE_SQN

std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // binary parameter
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

struct DomainWrite {
  auc::Domain domain;
  const Statement* statement;
};
constexpr std::array<DomainWrite, auc::domain_count> domain_writes{{{auc::Domain::ps, statements["write_sqn_ps"]},
                                                                    {auc::Domain::cs, statements["write_sqn_cs"]},
                                                                    {auc::Domain::ims, statements["write_sqn_ims"]},
                                                                    {auc::Domain::eps, statements["write_sqn_eps"]},
                                                                    {auc::Domain::wlan, statements["write_sqn_wlan"]},
                                                                    {auc::Domain::gba, statements["write_sqn_gba"]}}};

const Statement* write_of(auc::Domain domain) {
  return std::ranges::find(domain_writes, domain, &DomainWrite::domain)->statement;
}

// The common case: nothing but SEQ, lead and the IND of one domain.
Command numbers_command(std::span<const CredentialRow* const> rows, auc::Domain domain) {
  Command out{write_of(domain), {}};
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
  Command out{statements["write_sqn_state"], {}};
  add_numbers(out.params, rows);
  for (std::size_t domain = 0; domain < auc::domain_count; ++domain) {
    add_column<MaybeNumber>(out.params, rows, [&](const CredentialRow& row) { return ind_of(row, domain); });
  }
  add_rest(out.params, rows);
  return out;
}

Command return_command(const CredentialRow& row) {
  Command out{statements["take_return"], {}};
  out.params.add(text_of(row.fingerprint));
  out.params.add(text_of(row.returned->nonce));
  out.params.add(static_cast<Number>(row.returned->seq));
  out.params.add(std::string_view(row.returned->credential));
  return out;
}

}  // namespace

std::span<const Statement> credential_write_statements() { return statements; }

Write ind_bits_write(unsigned length) {
  Write write{{statements["fix_ind_bits"], {}}, 1};
  write.command.params.add(std::int64_t{length});
  return write;
}

std::vector<Write> sqn_writes(const CredentialRows& rows, auc::Domain domain) {
  std::vector<const CredentialRow*> numbers;
  std::vector<const CredentialRow*> whole;
  for (const CredentialRow& row : rows.rows) {
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

// SPDX-License-Identifier: Apache-2.0
// Rows of the further authentication schemes; an address comes in PostgreSQL's own binary form.
#include "hss/pg/cx/scheme_rows.h"

#include "hss/pg/cursor.h"
#include "hss/store_error.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{
        "read_scheme_data",
        "SELECT r.n, i.id, d.realm, d.data_key_id, d.md5_sealed, d.sha256_sealed, g.address, g.interface_id, l.line"
        " FROM unnest($1::text[]) WITH ORDINALITY AS r (impi, n)"
        " JOIN impi i ON i.identity = r.impi"
        " LEFT JOIN digest_secret d ON d.impi_id = i.id"
        " LEFT JOIN giba_binding g ON g.impi_id = i.id"
        " LEFT JOIN line_identifier l ON l.impi_id = i.id"
        " ORDER BY r.n, l.position"},
}};

// PostgreSQL's inet_send: family (2 is IPv4, 3 IPv6), bits of the prefix, whether it is a cidr, length, octets.
UeAddress address_of(std::string_view inet) {
  constexpr std::size_t head = 4;
  constexpr char ipv6 = 3;
  UeAddress out;
  out.is_ipv6 = !inet.empty() && inet[0] == ipv6;
  const std::size_t length = out.is_ipv6 ? 16 : 4;
  if (inet.size() != head + length) {
    throw StoreError(StoreFailure::config, "an address is not of type inet");
  }
  out.prefix_bits = static_cast<std::uint8_t>(inet[1]);
  std::copy(inet.begin() + head, inet.end(), out.octets.begin());
  for (std::size_t bit = out.prefix_bits; out.is_ipv6 && bit < length * 8; ++bit) {  // inet keeps bits of the host
    out.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return out;
}

// Of a member's first row, up to its first line.
SchemeData take_data(Cursor& row) {
  SchemeData out;
  row.read(out.impi_id);
  if (auto realm = row.take<std::optional<std::string>>()) {
    DigestRow& digest = out.digest.emplace();
    digest.realm = std::move(*realm);
    row.read(digest.data_key_id, digest.md5_sealed, digest.sha256_sealed);
  } else {
    row.skip(3);
  }
  if (const auto inet = row.take<std::optional<std::string_view>>()) {
    out.address = address_of(*inet);
  }
  if (const auto id = row.take<std::string_view>(); out.address && id.size() == 8) {
    std::copy(id.begin(), id.end(), out.address->interface_id.emplace().begin());
  }
  return out;
}
constexpr int data_columns = 7;

}  // namespace

std::span<const Statement> scheme_statements() { return statements; }

bool needs_scheme_data(std::span<const AskedAuthentication> members) {
  return std::any_of(members.begin(), members.end(),
                     [](const AskedAuthentication& one) { return hss::needs_scheme_data(one.asked); });
}

Command read_scheme_data_command(std::span<const AskedAuthentication> members) {
  std::vector<std::string_view> impis;
  impis.reserve(members.size());
  for (const AskedAuthentication& one : members) {
    impis.push_back(hss::needs_scheme_data(one.asked) ? std::string_view(one.impi) : std::string_view{});
  }
  Command command{statements["read_scheme_data"], {}};
  command.params.add(std::span<const std::string_view>(impis));
  return command;
}

void read_scheme_data(const Result& result, AuthenticationRows& rows) {
  std::shared_ptr<SchemeData> data;
  std::optional<std::size_t> last;
  for (Cursor row(result); row.next();) {  // one row for each line, otherwise one for each member
    const auto member = row.place();
    if (member != last) {
      data = std::make_shared<SchemeData>(take_data(row));
      rows.members.at(member).scheme_data = data;
      last = member;
    } else {
      row.skip(data_columns);
    }
    if (auto line = row.take<std::optional<std::string>>()) {
      data->lines.push_back(std::move(*line));
    }
  }
}

}  // namespace hss::pg

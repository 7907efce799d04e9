// SPDX-License-Identifier: Apache-2.0
// Rows of the further authentication schemes; an address comes in PostgreSQL's own binary form.
#include "hss/pg/cx/scheme_rows.h"

#include "hss/pg/statements.h"

#include <algorithm>
#include <string_view>

namespace hss::pg {
namespace {

std::vector<std::uint8_t> bytes(std::string_view octets) { return {octets.begin(), octets.end()}; }

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

// Columns of read_scheme_data.
enum Column : std::uint8_t { member, impi, realm, data_key, md5, sha256, address, interface_id, line };

SchemeData data_at(const Result& result, int row) {
  SchemeData out;
  out.impi_id = result.integer(row, impi);
  if (!result.is_null(row, realm)) {
    out.digest =
        DigestRow{std::string(result.octets(row, realm)), static_cast<std::uint16_t>(result.integer(row, data_key)),
                  bytes(result.octets(row, md5)), bytes(result.octets(row, sha256))};
  }
  if (!result.is_null(row, address)) {
    out.address = address_of(result.octets(row, address));
  }
  if (const auto id = result.octets(row, interface_id); out.address && id.size() == 8) {
    std::copy(id.begin(), id.end(), out.address->interface_id.emplace().begin());
  }
  return out;
}

}  // namespace

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
  Command command{&statement(Sql::read_scheme_data), {}};
  command.params.add(std::span<const std::string_view>(impis));
  return command;
}

void read_scheme_data(const Result& result, AuthenticationRows& rows) {
  std::shared_ptr<SchemeData> data;
  std::int64_t last = 0;
  for (int row = 0; row < result.rows(); ++row) {  // one row for each line, otherwise one for each member
    const auto number = result.integer(row, member);
    if (number != last) {
      data = std::make_shared<SchemeData>(data_at(result, row));
      rows.members.at(static_cast<std::size_t>(number - 1)).scheme_data = data;
      last = number;
    }
    if (!result.is_null(row, line)) {
      data->lines.emplace_back(result.octets(row, line));
    }
  }
}

}  // namespace hss::pg

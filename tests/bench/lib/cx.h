// SPDX-License-Identifier: Apache-2.0
// The messages that the load generator sends and reads: base protocol (RFC 6733 5) and Cx (TS 29.229 6.1.1-6.1.8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diameter.h"

namespace bench {

namespace command {
constexpr std::uint32_t capabilities = 257;
constexpr std::uint32_t watchdog = 280;
constexpr std::uint32_t disconnect = 282;
constexpr std::uint32_t user_authorization = 300;
constexpr std::uint32_t server_assignment = 301;
constexpr std::uint32_t location_info = 302;
constexpr std::uint32_t multimedia_auth = 303;
}  // namespace command

// Who is speaking, and to whom.
struct Names {
  std::string origin_host;
  std::string origin_realm;
  std::string destination_realm;
  std::string destination_host;  // empty: not sent
  std::string server_name;
};

struct Ids {
  std::uint32_t hop_by_hop;
  std::uint32_t end_to_end;
};

// Of whom a request is.
struct User {
  std::string_view session_id;
  std::string_view impi;
  std::string_view impu;
};

struct Mar {
  User user;
  std::string_view scheme;
  std::uint32_t items;
};

using Buffer = std::vector<std::uint8_t>;

void write_cer(Buffer& out, const Names& names, Ids ids);
void write_dwr(Buffer& out, const Names& names, Ids ids);
void write_dpr(Buffer& out, const Names& names, Ids ids);
void write_mar(Buffer& out, const Names& names, Ids ids, const Mar& mar);
void write_uar(Buffer& out, const Names& names, Ids ids, const User& user);
void write_lir(Buffer& out, const Names& names, Ids ids, const User& user);
// RE_REGISTRATION that wants the profile.
void write_sar(Buffer& out, const Names& names, Ids ids, const User& user);
// DWA or DPA with DIAMETER_SUCCESS.
void write_base_answer(Buffer& out, const Names& names, const Header& request);

// One SIP-Auth-Data-Item; the spans point into the message.
struct AuthItem {
  std::uint32_t number;
  std::string_view scheme;
  Bytes authenticate;   // RAND, then AUTN
  Bytes authorization;  // XRES
  Bytes ck;
  Bytes ik;
};

struct Answer {
  std::uint32_t result;  // 0 when the answer carries none
  bool experimental;
  std::string_view session_id;
  std::string_view user_name;
  std::string_view public_identity;
  std::uint32_t item_count;  // SIP-Number-Auth-Items
  std::vector<AuthItem> items;
  std::size_t user_data;  // octets

  // 2xxx, of the base protocol or of Cx (TS 29.229 6.2.1)
  [[nodiscard]] bool is_success() const { return result >= 2000 && result < 3000; }
};

// Reads any answer into `answer`, whose storage is used again. Throws ProtocolError.
void read_answer(Bytes message, Answer& answer);

}  // namespace bench

// The messages that the load generator sends and reads: base protocol (RFC 6733 5) and MAR/MAA
// (TS 29.229 6.1.7, 6.1.8).
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

struct Mar {
  std::string_view session_id;
  std::string_view impi;
  std::string_view impu;
  std::string_view scheme;
  std::uint32_t items;
};

using Buffer = std::vector<std::uint8_t>;

void write_cer(Buffer& out, const Names& names, Ids ids);
void write_dwr(Buffer& out, const Names& names, Ids ids);
void write_dpr(Buffer& out, const Names& names, Ids ids);
void write_mar(Buffer& out, const Names& names, Ids ids, const Mar& mar);
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
};

// Reads any answer into `answer`, whose storage is used again. Throws ProtocolError.
void read_answer(Bytes message, Answer& answer);

}  // namespace bench

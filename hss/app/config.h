// SPDX-License-Identifier: Apache-2.0
// The configuration as typed fields: read from TOML by one table of keys, checked as a whole, never read at run time.
#pragma once

#include "auc/sqn.h"
#include "hsm/pkcs11_token.h"
#include "hss/command.h"
#include "hss/extensions.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace hss::app {

struct LogConfig {
  std::string level = "info";  // trace, debug, info, warn, error
  std::filesystem::path file;  // empty: standard error
};

struct DatabaseConfig {
  std::string conninfo;         // libpq connection string; several hosts are tried in order
  std::size_t connections = 1;  // workers of each kind, each with a connection of its own
  std::size_t batch = 256;      // requests per transaction, 1..256
  std::chrono::milliseconds statement_timeout{2000};
  std::chrono::milliseconds lock_timeout{250};
  std::chrono::milliseconds connect_timeout{3000};
};

struct SqnConfig {
  auc::SqnPolicy policy = auc::default_policy();
  std::uint64_t lead_jump = 65536;  // SEQ lead added in another incarnation of the database
  std::uint32_t resync_limit = 10;  // authentic AUTS per credential and window
  std::chrono::seconds resync_window{60};
  std::uint32_t burst = 4096;     // numbers of one K that a peer may take at once; 0: any
  std::uint32_t refill = 1;       // and how many more every second
  std::filesystem::path witness;  // remembers the highest lead; empty: there is none
};

struct AuthenticationConfig {
  std::uint32_t max_items = 5;        // upper bound of SIP-Number-Auth-Items
  bool accept_unknown_scheme = true;  // serve every scheme when a request says "Unknown"
  // By domain. IMS and GBA must not have the separation bit, EPS has it (TS 33.102 Annex H, TS 33.401 6.1.2).
  std::array<auc::Amf, auc::domain_count> amf{{{}, {}, {}, {{0x80, 0x00}}, {}, {}}};
};

struct RegistrationConfig {
  bool keep_server_name = true;               // when an S-CSCF asks for it (Server-Assignment-Types 6 and 7)
  std::size_t profiles = 4096;                // texts of service profiles kept, for each worker
  std::chrono::seconds pending_max_age{600};  // an authentication that nobody ended counts no longer
};

struct ZhConfig {
  std::string guss_namespace = "guss-schema-of-3gpp-gaa";  // of GBA-UserSecSettings; empty: none
};

// What hosts that match may ask of the HSS.
struct Permit {
  std::string peer;  // pattern of Origin-Host
  // Never more than Cx without being told: an application that is new must not be had by an upgrade.
  CommandSet commands = commands_of("Cx");
  std::vector<std::string> realms;  // patterns of Origin-Realm; empty: the server's own realm
};

// What an outage is answered with (RFC 6733 7.1); none: the request is dropped.
enum class Busy : std::uint8_t { too_busy, unable_to_comply, none };

// How an S-CSCF is told of changes; an RTR that ends something goes to each.
enum class Pushes : std::uint8_t { ppr, rtr_instead, none };

// What CSCFs that match need and others do not. The first row that matches counts.
struct PeerConfig {
  std::string peer;                                       // pattern of Origin-Host
  std::array<std::optional<Busy>, command_count> busy{};  // by Command; nothing: as hss/app/peers.cpp has it
  bool server_name_first = false;                         // UAA: a single preferred S-CSCF stands in Server-Name
  bool type_2_is_registration = false;                    // UAR: REGISTRATION_AND_CAPABILITIES is REGISTRATION
  bool user_data_always = false;                          // SAR: whatever User-Data-Already-Available says
  Extensions user_data_extensions = Extensions::full;     // SAA
  Pushes pushes = Pushes::ppr;                            // instead of a PPR
  bool push_timeout_is_done = false;                      // no answer to an RTR or PPR means that it was carried out
};

struct PushConfig {
  std::chrono::milliseconds timeout{5000};  // for an answer
  std::size_t window = 256;                 // on their way to one S-CSCF
  std::size_t rate = 2000;                  // a second, to one S-CSCF
  std::chrono::seconds give_up{3600};       // a push that is older is not tried again
  std::chrono::seconds keep{604800};        // how long those that ended are kept
  std::chrono::seconds sweep{3600};         // how often all profiles are looked through
};

// Diameter over TLS. Off while there is no certificate; then the other three files are needed, too, but for the CRL.
struct TlsConfig {
  std::uint16_t port = 5658;          // RFC 6733 12
  std::filesystem::path certificate;  // PEM: the server's own first, then those that sign it; empty: no TLS
  std::filesystem::path key;          // of the certificate, PEM without a password
  std::filesystem::path ca;           // PEM: who signs certificates of peers
  std::filesystem::path crl;          // PEM: what they have revoked; empty: nothing
  std::chrono::days warn{30};         // how long before an end it is told of
};

struct DiameterConfig {
  std::vector<std::string> listen;  // addresses; loopback only when named here
  bool insecure = false;            // allow addresses other than loopback without TLS
  TlsConfig tls;
  std::vector<Permit> permits;              // empty: hosts of the server's own realm may ask everything of Cx
  std::vector<std::string> agents;          // peers that may relay requests of other hosts
  std::vector<PeerConfig> peers;            // what peers need; by pattern
  std::vector<std::string> realms;          // served besides its own
  std::size_t queue = 2048;                 // requests waiting; beyond: too_busy
  std::chrono::milliseconds max_age{1000};  // a request older than this: too_busy
};

struct Config {
  LogConfig log;
  DatabaseConfig database;
  hsm::TokenConfig token;
  std::chrono::milliseconds token_timeout{2000};  // a token call that takes longer: the watchdog answers for it
  SqnConfig sqn;
  AuthenticationConfig authentication;
  RegistrationConfig registration;
  ZhConfig zh;
  PushConfig push;
  DiameterConfig diameter;
};

// One line a fault: "quintet.toml:12: sqn.ind_bits: 9 is out of range, allowed is integer 0..8". Not retried: the
// server refuses to start. Confidential values are not quoted.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Relative paths in the file are relative to the file's folder. Throws ConfigError with every fault of the file.
Config read_config(const std::filesystem::path& file);

// The key table for people, as Markdown: key, values, default, one line of explanation. docs/configuration.md is this.
void describe_config(std::ostream& out);

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// What a run of the load generator shall do, as given on its command line.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tls.h"

namespace bench {

struct Target {
  std::string host;
  std::uint16_t port;
};

// What is sent; registration is UAR, MAR, UAR and SAR in turn.
enum class Load : std::uint8_t { mar, uar, lir, sar, registration, dwr };
std::string_view name(Load load);

enum class Order : std::uint8_t { random, sequential, hot };

struct Settings {
  std::vector<Target> targets;
  std::uint64_t connections = 1;
  std::uint64_t window = 16;
  std::uint64_t rate = 0;   // requests a second over all connections; 0 means a closed loop
  std::uint64_t count = 0;  // 0 means no limit
  double duration = 0;      // 0 means no limit
  double warmup = 0;
  double timeout = 10;
  Load load = Load::mar;
  bool reconnect = false;
  bool quick_ack = false;
  std::string tls_certificate, tls_key, tls_ca;
  std::shared_ptr<const TlsContext> tls;  // null: none

  std::uint64_t subscribers = 1000;
  std::uint64_t first_subscriber = 0;
  std::uint64_t first_number = 1010000000001;  // the number in the identities of subscriber 0
  std::string impi = "%015llu@ims.mnc001.mcc001.3gppnetwork.org";
  std::string impu = "sip:%015llu@ims.mnc001.mcc001.3gppnetwork.org";
  Order order = Order::random;
  bool apart = false;
  std::uint64_t seed = 1;
  std::uint64_t items = 1;
  std::string scheme = "Digest-AKAv1-MD5";

  std::string name = "lg";  // connection k is <name><k>.<realm>
  std::string realm = "ims.mnc001.mcc001.3gppnetwork.org";
  std::string destination_host;
  std::string server_name = "sip:scscf.ims.mnc001.mcc001.3gppnetwork.org:6060";

  bool verify = false;
  std::string keys_file;
  std::string sqn_log;
  std::string json_file;
};

// Throws UsageError; exits after --help.
Settings read_settings(std::span<char* const> arguments);

}  // namespace bench

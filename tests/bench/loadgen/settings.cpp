// SPDX-License-Identifier: Apache-2.0
// The load generator's option table.
#include "settings.h"

#include <algorithm>
#include <array>

#include "../lib/options.h"

namespace bench {
namespace {

constexpr std::uint64_t most = 100'000'000'000'000;

Target parse_target(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw UsageError("a target is HOST:PORT");
  return {std::string(text.substr(0, colon)),
          static_cast<std::uint16_t>(parse_number(text.substr(colon + 1), 1, 65535))};
}

struct LoadName {
  Load load;
  std::string_view name;
};
constexpr std::array<LoadName, 6> load_names{{{Load::mar, "mar"},
                                              {Load::uar, "uar"},
                                              {Load::lir, "lir"},
                                              {Load::sar, "sar"},
                                              {Load::registration, "registration"},
                                              {Load::dwr, "dwr"}}};

Load parse_load(std::string_view text) {
  const auto found = std::ranges::find(load_names, text, &LoadName::name);
  if (found == load_names.end()) throw UsageError("the command is mar, uar, lir, sar, registration or dwr");
  return found->load;
}

Order parse_order(std::string_view text) {
  if (text == "random") return Order::random;
  if (text == "sequential") return Order::sequential;
  if (text == "hot") return Order::hot;
  throw UsageError("the order is random, sequential or hot");
}

std::vector<Option> load_options(Settings& s) {
  return {
      {"--connections", "N", "Diameter connections, spread over the targets (1)", into(s.connections, 1, 10'000)},
      {"--window", "W", "closed loop: requests in flight per connection (16)", into(s.window, 1, 1'000'000)},
      {"--rate", "R", "open loop: requests a second over all connections", into(s.rate, 1, 10'000'000)},
      {"--count", "N", "stop after this many measured requests", into(s.count, 1, most)},
      {"--duration", "S", "stop after this many measured seconds", into(s.duration)},
      {"--warmup", "S", "seconds of load that are not measured (0)", into(s.warmup)},
      {"--timeout", "S", "a request without answer for so long is lost (10)", into(s.timeout)},
      {"--command", "NAME", "mar, uar, lir, sar, dwr, or registration: UAR, MAR, UAR and SAR in turn (mar)",
       [&s](auto v) { s.load = parse_load(v); }},
      {"--reconnect", "", "survive lost connections; requests lost with them are sent anew", raise(s.reconnect)},
      {"--quick-ack", "", "acknowledge at once: a server without TCP_NODELAY holds answers back for that",
       raise(s.quick_ack)},
      {"--tls-certificate", "FILE", "over TLS: what the connections show, PEM; it must be for their names",
       into(s.tls_certificate)},
      {"--tls-key", "FILE", "its private key", into(s.tls_key)},
      {"--tls-ca", "FILE", "who must have signed the server's certificate", into(s.tls_ca)},
  };
}

std::vector<Option> subscriber_options(Settings& s) {
  return {
      {"--subscribers", "N", "number of subscribers (1000)", into(s.subscribers, 1, 4'000'000'000)},
      {"--first-subscriber", "I", "index of the first of them (0)", into(s.first_subscriber, 0, 1'000'000'000)},
      {"--first-number", "N", "number in the identities of index 0 (001010000000001)",
       into(s.first_number, 0, most * 10)},
      {"--impi", "TEMPLATE", "private identity; %015llu becomes the number", into(s.impi)},
      {"--impu", "TEMPLATE", "public identity, in the same manner", into(s.impu)},
      {"--order", "ORDER", "random, sequential, or hot: 9 of 10 requests for the first hundredth (random)",
       [&s](auto v) { s.order = parse_order(v); }},
      {"--apart", "", "each connection has subscribers of its own, as an S-CSCF has", raise(s.apart)},
      {"--seed", "N", "of the random order (1)", into(s.seed, 0, most)},
      {"--items", "N", "SIP-Number-Auth-Items (1)", into(s.items, 0, 1000)},
      {"--scheme", "TEXT", "SIP-Authentication-Scheme (Digest-AKAv1-MD5)", into(s.scheme)},
  };
}

std::vector<Option> name_options(Settings& s) {
  return {
      {"--name", "TEXT", "connection K is called TEXT<K>.<realm> (lg)", into(s.name)},
      {"--realm", "NAME", "own and destination realm", into(s.realm)},
      {"--destination-host", "NAME", "Destination-Host (none)", into(s.destination_host)},
      {"--server-name", "URI", "Server-Name", into(s.server_name)},
      {"--verify", "", "check every vector against keys derived from the index", raise(s.verify)},
      {"--keys", "FILE", "check against the keys of this file (index,k,opc)", into(s.keys_file)},
      {"--sqn-log", "FILE", "record every sequence number for sqncheck; implies --verify", into(s.sqn_log)},
      {"--json", "FILE", "write the result there and not to standard output", into(s.json_file)},
  };
}

void check(Settings& s) {
  if (s.targets.empty()) throw UsageError("no target: give --port or --target");
  if (s.count == 0 && s.duration == 0) throw UsageError("give --count or --duration");
  if (s.connections < s.targets.size()) throw UsageError("fewer connections than targets");
  if (s.apart && (s.subscribers < s.connections || s.order == Order::hot)) {
    throw UsageError("--apart: at least one subscriber for each connection, and not the order hot");
  }
  if (!s.keys_file.empty() || !s.sqn_log.empty()) s.verify = true;
  const bool has_vectors = s.load == Load::mar || s.load == Load::registration;
  if (s.verify && !has_vectors) throw UsageError("only MAR and registrations have vectors to check");
}

}  // namespace

std::string_view name(Load load) { return load_names[static_cast<std::size_t>(load)].name; }

Settings read_settings(std::span<char* const> arguments) {
  Settings s;
  std::string host = "127.0.0.1";
  std::uint64_t port = 0;
  std::vector<Option> options{
      {"--host", "ADDRESS", "of the server (127.0.0.1)", into(host)},
      {"--port", "N", "of the server", into(port, 1, 65535)},
      {"--target", "HOST:PORT", "a server; repeat for several", [&s](auto v) { s.targets.push_back(parse_target(v)); }},
  };
  for (const auto& part : {load_options(s), subscriber_options(s), name_options(s)}) {
    options.insert(options.end(), part.begin(), part.end());
  }
  const auto rest = parse_options(arguments, "sends Cx requests to Diameter servers and measures the answers", options);
  if (!rest.empty()) throw UsageError("unexpected argument " + rest.front());
  if (port != 0) s.targets.insert(s.targets.begin(), {host, static_cast<std::uint16_t>(port)});
  check(s);
  if (!s.tls_certificate.empty()) s.tls = std::make_shared<TlsContext>(s.tls_certificate, s.tls_key, s.tls_ca);
  return s;
}

}  // namespace bench

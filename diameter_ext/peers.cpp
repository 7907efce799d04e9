// SPDX-License-Identifier: Apache-2.0
// Listening addresses and accepted peers.
#include "diameter_ext/peers.h"

#include "diameter_ext/address.h"
#include "diameter_ext/called.h"
#include "diameter_ext/fd.h"
#include "diameter_ext/tls.h"
#include "hsm/base/log.h"
#include "hss/text_forms.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace diameter_ext {
namespace {

using hss::app::ConfigError;

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

void listen_on(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), nullptr, &hints, &found) != 0) {
    throw ConfigError("diameter.listen: \"" + address + "\" is not an IP address");
  }
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  check(fd_ep_add_merge(&fd_g_config->cnf_endpoints, found->ai_addr, found->ai_addrlen, EP_FL_CONF | EP_ACCEPTALL),
        "fd_ep_add_merge");
}

bool is_loopback(const fd_endpoint& endpoint) {
  if (endpoint.sa.sa_family == AF_INET) {
    return (ntohl(endpoint.sin.sin_addr.s_addr) >> 24U) == 127;
  }
  return endpoint.sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&endpoint.sin6.sin6_addr) != 0;
}

// No endpoint at all means every address, or whatever a name resolves to.
bool are_loopback(const fd_list& endpoints) {
  for (const fd_list* item = endpoints.next; item != &endpoints; item = item->next) {
    if (!is_loopback(*reinterpret_cast<const fd_endpoint*>(item))) {  // the link is the endpoint's first member
      return false;
    }
  }
  return endpoints.next != &endpoints;
}

bool listens_beyond_loopback() { return !are_loopback(fd_g_config->cnf_endpoints); }

// Of one of freeDiameter's own ConnectPeer lines. No_TLS beside TLS_old_method means either. A handshake behind the CER
// would be one where nobody compares the name.
void check_named_peer(const peer_info& peer, bool insecure) {
  const unsigned security = peer.config.pic_flags.sec;
  const std::string name = "ConnectPeer \"" + std::string(peer.pi_diamid, peer.pi_diamidlen) + "\": ";
  if ((security & PI_SEC_TLS_OLD) != 0 || peer.config.pic_priority != nullptr) {
    throw ConfigError(name + "TLS is a matter of quintet.toml: take TLS_old_method and TLS_Prio away");
  }
  if (!insecure && (security & PI_SEC_NONE) != 0 && !are_loopback(peer.pi_endpoints)) {
    throw ConfigError(name +
                      "without TLS CK and IK would travel in clear: take No_TLS away, or name a loopback address in "
                      "ConnectTo, or set diameter.insecure = true");
  }
}

// They were read before any extension was loaded.
void check_named_peers(bool insecure) {
  for (const fd_list* item = fd_g_peers.next; item != &fd_g_peers; item = item->next) {
    check_named_peer(reinterpret_cast<const peer_hdr*>(item)->info, insecure);  // the link is its first member
  }
}

// freeDiameter calls back without any data of ours.
struct Acceptance {
  const hss::app::Permits* permits = nullptr;
  bool without_tls = false;
};
Acceptance acceptance;

std::string origin_of(peer_info* info) {
  return network_of(reinterpret_cast<peer_hdr*>(reinterpret_cast<char*>(info) - offsetof(peer_hdr, info)));
}

void tell_refused(peer_info* info, std::string_view host, std::string_view why) {
  const std::string from = origin_of(info);
  base::log(base::event("peer_refused"), from, "peer=\"{}\" from={} {}", hss::log_text(host), from, why);
}

// Why this host is not let in, as fields of a line; empty: it is.
std::string refusal_of(const peer_info& info, std::string_view host) {
  if (!hss::is_diameter_identity(host) || !acceptance.permits->may_connect(host)) {
    return "hint=\"add it to diameter.permit\"";
  }
  const auto fault = fault_of_certificate(info);
  return fault ? "reason=\"" + *fault + "\" hint=\"give it a certificate of its own name\"" : "";
}

// Over TLS the certificates are there already: only a handshake after the CER, which is not offered, would bring them
// later. What cannot be judged is refused.
int validate_peer(peer_info* info, int* auth, int (**)(peer_info*)) {
  *auth = -1;
  tell_only([&] {
    const std::string_view host(info->pi_diamid, info->pi_diamidlen);
    const std::string refusal = refusal_of(*info, host);
    if (!refusal.empty()) {
      tell_refused(info, host, refusal);
      return;
    }
    *auth = 1;
    if (acceptance.without_tls) {
      info->config.pic_flags.sec = PI_SEC_NONE;
    }
  });
  return 0;
}

}  // namespace

void prepare_listening(const hss::app::DiameterConfig& config) {
  for (const std::string& address : config.listen) {
    listen_on(address);
  }
  if (fd_g_config->cnf_port != 0 && listens_beyond_loopback() && !config.insecure) {
    throw ConfigError(
        "plain Diameter would be offered beyond loopback, and CK and IK travel in it: set Port = 0 in freeDiameter's "
        "configuration and let [diameter.tls] name a certificate, or name only loopback addresses in diameter.listen, "
        "or "
        "set diameter.insecure = true");
  }
  check_named_peers(config.insecure);
}

void accept_peers(const hss::app::DiameterConfig& config, const hss::app::Permits& permits) {
  acceptance.permits = &permits;
  acceptance.without_tls = config.insecure || !listens_beyond_loopback();
  check(fd_peer_validate_register(validate_peer), "fd_peer_validate_register");
}

std::string own_realm() { return {fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len}; }

}  // namespace diameter_ext

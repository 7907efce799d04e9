// Listening addresses, accepted peers and honest origins.
#include "diameter_ext/peers.h"

#include "diameter_ext/fd.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

namespace diameter_ext {
namespace {

using hss::app::ConfigError;

bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

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

// No endpoint at all means every address.
bool listens_beyond_loopback() {
  const fd_list* head = &fd_g_config->cnf_endpoints;
  if (head->next == head) {
    return true;
  }
  for (const fd_list* item = head->next; item != head; item = item->next) {
    if (!is_loopback(*reinterpret_cast<const fd_endpoint*>(item))) {  // the link is the endpoint's first member
      return true;
    }
  }
  return false;
}

// freeDiameter calls back without any data of ours.
struct Acceptance {
  std::vector<std::string> patterns;
  bool without_tls = false;
};
Acceptance acceptance;

int validate_peer(peer_info* info, int* auth, int (**)(peer_info*)) {
  const std::string_view host(info->pi_diamid, info->pi_diamidlen);
  const bool known = std::any_of(acceptance.patterns.begin(), acceptance.patterns.end(),
                                 [&](const std::string& pattern) { return matches(pattern, host); });
  if (!known) {
    spdlog::warn("peer_refused peer={} hint=\"add it to diameter.peers\"", host);
    *auth = -1;
    return 0;
  }
  *auth = 1;
  if (acceptance.without_tls) {
    info->config.pic_flags.sec = PI_SEC_NONE;
  }
  return 0;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view host) noexcept {
  if (!pattern.starts_with("*.")) {
    return equal_no_case(pattern, host);
  }
  const std::string_view tail = pattern.substr(1);  // ".realm"
  return host.size() > tail.size() && equal_no_case(tail, host.substr(host.size() - tail.size()));
}

void prepare_listening(const hss::app::DiameterConfig& config) {
  for (const std::string& address : config.listen) {
    listen_on(address);
  }
  if (fd_g_config->cnf_port != 0 && listens_beyond_loopback() && !config.insecure) {
    throw ConfigError(
        "plain Diameter would be offered beyond loopback, and CK and IK travel in it: name only loopback addresses in "
        "diameter.listen, or set Port = 0 and configure TLS in the freeDiameter configuration, or set "
        "diameter.insecure = true");
  }
}

void accept_peers(const hss::app::DiameterConfig& config) {
  acceptance.patterns = config.peers;
  if (acceptance.patterns.empty()) {
    acceptance.patterns.push_back("*." + std::string(fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len));
  }
  acceptance.without_tls = config.insecure || !listens_beyond_loopback();
  check(fd_peer_validate_register(validate_peer), "fd_peer_validate_register");
}

bool OriginCheck::allows(std::string_view origin_host, std::string_view peer) const noexcept {
  if (equal_no_case(origin_host, peer)) {
    return true;
  }
  return std::any_of(agents_.begin(), agents_.end(), [&](const std::string& agent) { return matches(agent, peer); });
}

}  // namespace diameter_ext

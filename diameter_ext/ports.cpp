// SPDX-License-Identifier: Apache-2.0
// One trial per address and port.
#include "diameter_ext/ports.h"

#include "diameter_ext/fd.h"
#include "hss/app/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace diameter_ext {
namespace {

std::string text_of(const fd_endpoint& endpoint) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_v4 = endpoint.sa.sa_family == AF_INET;
  const void* address = is_v4 ? static_cast<const void*>(&endpoint.sin.sin_addr) : &endpoint.sin6.sin6_addr;
  return inet_ntop(endpoint.sa.sa_family, address, text.data(), text.size()) == nullptr ? "?" : text.data();
}

std::string remedy(int error) {
  switch (error) {
    case EADDRINUSE:
      return "find out what listens there (ss -ltnp), and stop it or name another Port in freeDiameter's configuration";
    case EADDRNOTAVAIL:
      return "name an address of this host in diameter.listen (ip address)";
    case EACCES:
      return "a port below 1024 needs the capability CAP_NET_BIND_SERVICE";
    default:
      return "correct diameter.listen, or Port in freeDiameter's configuration";
  }
}

// With the options that freeDiameter sets; 0 or errno.
int try_to_bind(const fd_endpoint& endpoint) {
  const int descriptor = ::socket(endpoint.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) {
    return errno;
  }
  const bool is_v4 = endpoint.sa.sa_family == AF_INET;
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!is_v4) {
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  const bool bound = ::bind(descriptor, &endpoint.sa, is_v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)) == 0 &&
                     ::listen(descriptor, 1) == 0;
  const int error = bound ? 0 : errno;
  ::close(descriptor);
  return error;
}

void check_port(fd_endpoint endpoint, std::uint16_t port) {
  if (port == 0) {
    return;
  }
  endpoint.sin.sin_port = htons(port);  // at the same place in both kinds of address
  if (const int error = try_to_bind(endpoint)) {
    throw hss::app::ConfigError("cannot listen on address " + text_of(endpoint) + ", port " + std::to_string(port) +
                                ": " + std::strerror(error) + "; " + remedy(error));
  }
}

void check_address(const fd_endpoint& endpoint) {
  const auto& flags = fd_g_config->cnf_flags;
  if ((endpoint.sa.sa_family == AF_INET && flags.no_ip4 != 0) ||
      (endpoint.sa.sa_family == AF_INET6 && flags.no_ip6 != 0)) {
    return;
  }
  check_port(endpoint, fd_g_config->cnf_port);
  check_port(endpoint, fd_g_config->cnf_port_tls);
}

}  // namespace

void check_ports() {
  const fd_list& endpoints = fd_g_config->cnf_endpoints;
  if (fd_g_config->cnf_flags.no_tcp != 0) {
    return;
  }
  if (endpoints.next == &endpoints) {  // every address
    for (const int family : {AF_INET, AF_INET6}) {
      fd_endpoint any{};
      any.sa.sa_family = static_cast<sa_family_t>(family);
      check_address(any);
    }
  }
  for (const fd_list* item = endpoints.next; item != &endpoints; item = item->next) {
    const auto& endpoint = *reinterpret_cast<const fd_endpoint*>(item);  // the link is its first member
    if ((endpoint.flags & EP_FL_CONF) != 0) {
      check_address(endpoint);
    }
  }
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// From the descriptor that freeDiameter names in words to the address at its other end.
#include "diameter_ext/address.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace diameter_ext {
namespace {

int descriptor_of(peer_hdr* peer) {
  std::array<char, 64> described{};  // "TCP,soc#12"
  int descriptor = -1;
  if (fd_peer_cnx_proto_info(peer, described.data(), described.size()) == 0) {
    const char* const number = std::strstr(described.data(), "soc#");
    if (number != nullptr) {
      std::from_chars(number + 4, described.end(), descriptor);
    }
  }
  return descriptor;
}

std::string text_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

std::string text_of(const sockaddr_in6& address, std::ptrdiff_t octets) {
  in6_addr shown = address.sin6_addr;
  std::fill(std::begin(shown.s6_addr) + octets, std::end(shown.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &shown, text.data(), text.size());
  return text.data();
}

std::string far_end_of(peer_hdr* peer, std::ptrdiff_t octets_of_ipv6) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(descriptor_of(peer), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return {};
  }
  if (address.ss_family == AF_INET) {
    return text_of(reinterpret_cast<const sockaddr_in&>(address));
  }
  return address.ss_family == AF_INET6 ? text_of(reinterpret_cast<const sockaddr_in6&>(address), octets_of_ipv6)
                                       : std::string();
}

}  // namespace

std::string address_of(peer_hdr* peer) { return far_end_of(peer, 16); }

std::string network_of(peer_hdr* peer) { return far_end_of(peer, 8); }

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// freeDiameter's library without a daemon: silent, with a name of its own; and requests made of octets.
#pragma once

#include "diameter_ext/message.h"

#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

// Once a process; blocks for some milliseconds.
inline void start_library() {
  static const bool started = [] {
    if (fd_core_initialize() != 0) {
      throw std::runtime_error("fd_core_initialize failed");
    }
    fd_log_handler_register([](int, const char*, va_list) {});
    fd_g_config->cnf_diamid = strdup("hss.ims.test");
    fd_g_config->cnf_diamid_len = std::strlen(fd_g_config->cnf_diamid);
    fd_g_config->cnf_diamrlm = strdup("ims.test");
    fd_g_config->cnf_diamrlm_len = std::strlen(fd_g_config->cnf_diamrlm);
    return true;
  }();
  static_cast<void>(started);
}

using Octets = std::vector<std::uint8_t>;

inline void append_number(Octets& to, std::uint32_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
}

// One AVP as it stands on the wire (RFC 6733 4.1), by numbers that the test gives; vendor 0: none.
inline Octets avp_octets(std::uint32_t code, std::uint32_t vendor, std::span<const std::uint8_t> data,
                         bool mandatory = true) {
  Octets out;
  append_number(out, code, 4);
  out.push_back(static_cast<std::uint8_t>((vendor != 0 ? 0x80 : 0) | (mandatory ? 0x40 : 0)));
  append_number(out, static_cast<std::uint32_t>((vendor != 0 ? 12 : 8) + data.size()), 3);
  if (vendor != 0) {
    append_number(out, vendor, 4);
  }
  out.insert(out.end(), data.begin(), data.end());
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}
inline Octets avp_text(std::uint32_t code, std::uint32_t vendor, std::string_view text, bool mandatory = true) {
  return avp_octets(code, vendor, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, mandatory);
}
inline Octets avp_u32(std::uint32_t code, std::uint32_t vendor, std::uint32_t value, bool mandatory = true) {
  Octets data;
  append_number(data, value, 4);
  return avp_octets(code, vendor, data, mandatory);
}
inline Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// A request with these AVPs, as the library has it after it was received and parsed. Throws std::runtime_error.
inline diameter_ext::Message request_of(std::uint32_t application, std::uint32_t command, const Octets& avps,
                                        std::uint8_t flags = 0xc0) {
  constexpr std::size_t header_length = 20;
  Octets head{1};
  append_number(head, static_cast<std::uint32_t>(header_length + avps.size()), 3);
  head.push_back(flags);
  append_number(head, command, 3);
  append_number(head, application, 4);
  append_number(head, 0x01020304, 4);  // hop by hop
  append_number(head, 0x05060708, 4);  // end to end
  const Octets whole = head + avps;
  auto* buffer = static_cast<std::uint8_t*>(std::malloc(whole.size()));  // freeDiameter frees it
  std::memcpy(buffer, whole.data(), whole.size());
  msg* message = nullptr;
  if (fd_msg_parse_buffer(&buffer, whole.size(), &message) != 0) {
    std::free(buffer);
    throw std::runtime_error("no message");
  }
  diameter_ext::Message out(message);
  fd_pei fault{};
  if (fd_msg_parse_rules(message, fd_g_config->cnf_dict, &fault) != 0) {
    throw std::runtime_error(fault.pei_errcode == nullptr ? "not parsed" : fault.pei_errcode);
  }
  return out;
}

}  // namespace support

// SPDX-License-Identifier: Apache-2.0
// Fuzzes freeDiameter's own parser with its base dictionary: messages, the rules of their commands, and the error
// answers made of them.
#include "fuzz/library.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t header_size = 20;

// Commands of the base protocol and of Cx, with their applications; the first octet of the input chooses one, or none.
struct Command {
  std::uint32_t code;
  std::uint32_t application;
};
constexpr Command commands[] = {{257, 0},        {280, 0},        {282, 0},        {300, 16777216},
                                {301, 16777216}, {303, 16777216}, {304, 16777216}, {399, 1}};
constexpr std::uint8_t flags[] = {0xc0, 0x80, 0x40, 0x00, 0xe0, 0x20};

void put(std::uint8_t* at, std::size_t octets, std::uint32_t value) {
  for (std::size_t n = octets; n > 0; --n, value >>= 8U) at[n - 1] = static_cast<std::uint8_t>(value);
}

// Owned by the parser afterwards.
std::uint8_t* with_honest_header(const Command& command, std::uint8_t bits, const std::uint8_t* data,
                                 std::size_t size) {
  auto* buffer = static_cast<std::uint8_t*>(std::calloc(1, header_size + size));
  buffer[0] = 1;
  put(buffer + 1, 3, static_cast<std::uint32_t>(header_size + size));
  buffer[4] = bits;
  put(buffer + 5, 3, command.code);
  put(buffer + 8, 4, command.application);
  put(buffer + 12, 4, 0x01020304);
  put(buffer + 16, 4, 0x05060708);
  if (size > 0) std::memcpy(buffer + header_size, data, size);
  return buffer;
}

void free_message(msg* message) {
  if (message != nullptr) must(fd_msg_free(message) == 0, "a message that cannot be freed");
}

// What is parsed can be written, and what was written is parsed again.
void check_again(msg* message) {
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  if (fd_msg_bufferize(message, &octets, &size) != 0) return;  // it may have become too long
  must(size >= header_size && size % 4 == 0, "a message of no whole length is written");
  msg* again = nullptr;
  if (fd_msg_parse_buffer(&octets, size, &again) != 0) {
    std::free(octets);
    must(false, "what was written is not parsed again");
  }
  free_message(again);
}

// As libfdcore does it for a request that breaks a rule: the answer takes the faulty AVP along.
void answer_with(msg* request, fd_pei& fault) {
  msg_hdr* header = nullptr;
  must(fd_msg_hdr(request, &header) == 0, "a message without a header");
  if ((header->msg_flags & CMD_FLAG_REQUEST) == 0) return free_message(request);
  msg* answer = request;
  if (fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &answer, MSGFL_ANSW_ERROR) != 0) return free_message(request);
  char* code = fault.pei_errcode == nullptr ? const_cast<char*>("DIAMETER_UNABLE_TO_COMPLY")
                                            : const_cast<char*>(fault.pei_errcode);
  if (fd_msg_rescode_set(answer, code, fault.pei_message, fault.pei_avp, 1) == 0) check_again(answer);
  msg* query = nullptr;
  must(fd_msg_answ_getq(answer, &query) == 0 && query != nullptr, "an answer without its request");
  free_message(answer);
}

void fuzz(std::uint8_t* buffer, std::size_t size) {
  msg* message = nullptr;
  if (fd_quintet_parse_buffer(&buffer, size, &message) != 0) {  // as libfdcore does for peers that it knows
    std::free(buffer);
    return;
  }
  fd_pei fault{};
  if (fd_msg_parse_rules(message, fd_g_config->cnf_dict, &fault) == 0) {
    check_again(message);
    return free_message(message);
  }
  avp* const own = fault.pei_avp_free != 0 ? fault.pei_avp : nullptr;
  answer_with(message, fault);
  if (own != nullptr) fd_msg_free(own);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  (void)started_library();
  return 0;
}

// The first octet chooses a command, the second flags; without them the input is the whole message, with its own
// header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t chosen = data[0] % (std::size(commands) + 1);
  const std::uint8_t bits = flags[data[1] % std::size(flags)];
  data += 2, size -= 2;
  if (chosen < std::size(commands)) {
    fuzz(with_honest_header(commands[chosen], bits, data, size), header_size + size);
    return 0;
  }
  if (size < header_size) return 0;
  auto* whole = static_cast<std::uint8_t*>(std::malloc(size));
  std::memcpy(whole, data, size);
  fuzz(whole, size);
  return 0;
}

// Fuzzes the decoding of a Multimedia-Auth request, behind freeDiameter's own parser, and the encoding of every answer.
#include "diameter_ext/codec.h"

#include <iconv.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using diameter_ext::Message;

const diameter_ext::Dictionary* cx = nullptr;

void must(bool claim, const char* text) {
  if (claim) return;
  (void)std::fprintf(stderr, "broken: %s\n", text);
  std::abort();
}

// The input as a message with an honest header for MAR, so that the fuzzer spends itself on the AVPs.
Message parse(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header = 20;
  const std::size_t length = header + (size & ~std::size_t{3});
  auto* buffer = static_cast<std::uint8_t*>(std::calloc(1, length));  // freeDiameter frees it
  const std::uint8_t head[] = {1,
                               static_cast<std::uint8_t>(length >> 16U),
                               static_cast<std::uint8_t>(length >> 8U),
                               static_cast<std::uint8_t>(length),
                               0xc0,
                               0,
                               1,
                               0x2f,
                               1,
                               0,
                               0,
                               0,
                               1,
                               2,
                               3,
                               4,
                               5,
                               6,
                               7,
                               8};
  std::memcpy(buffer, head, header);
  std::memcpy(buffer + header, data, length - header);
  msg* message = nullptr;
  if (fd_msg_parse_buffer(&buffer, length, &message) != 0) {
    std::free(buffer);
    return nullptr;
  }
  return Message(message);
}

// Judged by the C library, not by the code under test.
void check_text(std::string text) {
  static const iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
  std::string into(text.size() * 4 + 4, ' ');
  char* from = text.data();
  char* to = into.data();
  std::size_t left = text.size();
  std::size_t room = into.size();
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  must(iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1), "text that is not UTF-8");
  must(text.find('\0') == std::string::npos, "text with a NUL");
}

void check_sendable(const Message& answer) {
  std::uint8_t* buffer = nullptr;
  std::size_t length = 0;
  must(fd_msg_bufferize(answer.get(), &buffer, &length) == 0 && length >= 20, "an answer that cannot be sent");
  std::free(buffer);
}

hss::MultimediaAuthAnswer answer_with(hss::Outcome outcome) {
  hss::MultimediaAuthAnswer answer;
  answer.outcome = outcome;
  answer.scheme_name = "Digest-AKAv1-MD5";
  if (outcome == hss::Outcome::success) answer.vectors.resize(2);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  must(fd_core_initialize() == 0, "fd_core_initialize");
  fd_log_handler_register([](int, const char*, va_list) {});
  fd_g_config->cnf_diamid = strdup("hss.ims.test");
  fd_g_config->cnf_diamid_len = std::strlen(fd_g_config->cnf_diamid);
  fd_g_config->cnf_diamrlm = strdup("ims.test");
  fd_g_config->cnf_diamrlm_len = std::strlen(fd_g_config->cnf_diamrlm);
  static const auto defined = diameter_ext::define_dictionary();
  cx = &defined;
  return 0;
}

// The first octet chooses the outcome that is answered.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto outcome = hss::outcome_codes[data[0] % hss::outcome_codes.size()].outcome;
  Message request = parse(data + 1, size - 1);
  fd_pei fault{};
  if (!request || fd_msg_parse_rules(request.get(), fd_g_config->cnf_dict, &fault) != 0) {
    if (fault.pei_avp_free != 0) fd_msg_free(fault.pei_avp);
    return 0;
  }
  const auto echo = diameter_ext::echo_of(request.get());
  check_text(echo.user_name);
  check_text(echo.public_identity);
  const auto decoded = diameter_ext::decode_multimedia_auth(request.get());
  if (const auto* failure = std::get_if<diameter_ext::DecodeFailure>(&decoded)) {
    must(failure->code >= 5001 && failure->code <= 5014, "a failure without a code of the base protocol");
    check_sendable(diameter_ext::encode_failure(*cx, request, echo, *failure));
    return 0;
  }
  const auto& plain = std::get<hss::MultimediaAuthRequest>(decoded);
  for (const auto* text : {&plain.impi, &plain.impu, &plain.server_name, &plain.scheme_name, &plain.requester.host}) {
    check_text(*text);
    must(!text->empty(), "an identity that is empty");
  }
  check_sendable(diameter_ext::encode_multimedia_auth(*cx, request, echo, answer_with(outcome)));
  return 0;
}

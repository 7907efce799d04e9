// SPDX-License-Identifier: Apache-2.0
// Fuzzes the decoding of requests of each command, behind freeDiameter's own parser, and the encoding of every answer.
#include "diameter_ext/cx/location_info_codec.h"
#include "diameter_ext/cx/multimedia_auth_codec.h"
#include "diameter_ext/cx/server_assignment_codec.h"
#include "diameter_ext/cx/user_authorization_codec.h"
#include "diameter_ext/zh/multimedia_auth_codec.h"
#include "fuzz/library.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using diameter_ext::Message;

const diameter_ext::Dictionary* known = nullptr;
// A command of an application.
struct Asked {
  const diameter_ext::Application& application;
  const diameter_ext::CommandRow& command;
};
Asked asked(std::uint32_t application, std::uint32_t command) {
  const auto* const found = diameter_ext::find_application(diameter_ext::applications(), application);
  return {*found, *diameter_ext::find_command(*found, command)};
}

// The input as a message with an honest header for the command, so that the fuzzer spends itself on the AVPs.
Message parse(const Asked& asked, const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header = 20;
  const std::size_t length = header + (size & ~std::size_t{3});
  auto* buffer = static_cast<std::uint8_t*>(std::calloc(1, length));  // freeDiameter frees it
  const auto octet = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
  const std::uint8_t head[header] = {1,
                                     octet(length >> 16U),
                                     octet(length >> 8U),
                                     octet(length),
                                     0xc0,
                                     0,
                                     octet(asked.command.code >> 8U),
                                     octet(asked.command.code),
                                     octet(asked.application.id >> 24U),
                                     octet(asked.application.id >> 16U),
                                     octet(asked.application.id >> 8U),
                                     octet(asked.application.id),
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

hss::ServerCapabilities some_capabilities() { return {{1, 2}, {3}, {"sip:s1.test", "sip:s2.test"}}; }

// The fullest answer of each command.
hss::MultimediaAuthAnswer full(const hss::MultimediaAuthRequest& request, hss::Outcome outcome) {
  hss::MultimediaAuthAnswer answer;
  answer.outcome = outcome;
  answer.scheme_name = request.scheme_name;
  if (outcome == hss::Outcome::success) answer.vectors.resize(2);
  return answer;
}
hss::UserAuthorizationAnswer full(const hss::UserAuthorizationRequest& request, hss::Outcome outcome) {
  return {outcome, request.impu, some_capabilities()};
}
hss::LocationInfoAnswer full(const hss::LocationInfoRequest& request, hss::Outcome outcome) {
  return {outcome, request.impu, some_capabilities(), request.impu, true};
}

hss::zh::MultimediaAuthAnswer full(const hss::zh::MultimediaAuthRequest& request, hss::Outcome outcome) {
  hss::zh::MultimediaAuthAnswer answer;
  answer.outcome = outcome;
  if (outcome == hss::Outcome::success) {
    answer.scheme_name = request.scheme_name.value_or("Digest-AKAv1-MD5");
    answer.vector.emplace();
    answer.settings = hss::zh::ToldSettings{"<guss/>", request.guss_timestamp.value_or(1)};
  }
  return answer;
}

hss::ServerAssignmentAnswer full(const hss::ServerAssignmentRequest& request, hss::Outcome outcome) {
  hss::ServerAssignmentAnswer answer;
  answer.outcome = outcome;
  answer.user_name = request.impi;
  answer.server_name = request.server_name;
  answer.user_data = "<IMSSubscription/>";
  answer.charging = hss::ChargingInformation{"aaa://a.test", std::nullopt, "aaa://b.test", std::nullopt};
  answer.associated = answer.associated_registered = {"a@ims.test", "b@ims.test"};
  if (request.restoration) answer.restoration = {*request.restoration, *request.restoration};
  answer.loose_route = answer.privileged_sender = true;
  return answer;
}

using Texts = std::vector<const std::string*>;
Texts texts_of(const hss::MultimediaAuthRequest& plain) {
  return {&plain.impi, &plain.impu, &plain.server_name, &plain.scheme_name, &plain.requester.host};
}
Texts texts_of(const hss::UserAuthorizationRequest& plain) { return {&plain.impi, &plain.impu, &plain.requester.host}; }
Texts texts_of(const hss::LocationInfoRequest& plain) { return {&plain.impu, &plain.requester.host}; }

Texts texts_of(const hss::ServerAssignmentRequest& plain) {
  Texts out{&plain.server_name, &plain.requester.host};
  for (const std::string& impu : plain.impus) out.push_back(&impu);
  return out;
}

// Either identity may be left out there.
Texts texts_of(const hss::zh::MultimediaAuthRequest& plain) { return {&plain.requester.host}; }

void check_plain(const hss::MultimediaAuthRequest& /*plain*/) {}
void check_plain(const hss::zh::MultimediaAuthRequest& plain) {
  check_text(plain.impi);
  check_text(plain.impu);
  check_text(plain.scheme_name.value_or(""));
}
void check_plain(const hss::ServerAssignmentRequest& plain) {
  check_text(plain.impi);
  must(plain.type <= hss::AssignmentType::restoration, "a type that is none");
}
void check_plain(const hss::UserAuthorizationRequest& plain) {
  check_text(plain.visited_network);
  must(plain.type <= hss::AuthorizationType::registration_and_capabilities, "a type that is none");
}
void check_plain(const hss::LocationInfoRequest& plain) {
  must(plain.type <= hss::AuthorizationType::registration_and_capabilities, "a type that is none");
}

void check_features(const hss::zh::MultimediaAuthRequest& /*plain*/, const diameter_ext::Echo& /*echo*/) {}
void check_features(const auto& plain, const diameter_ext::Echo& echo) {
  must(plain.features.sent == echo.features, "features that are sent and not seen");
}

template <typename Codec, std::uint32_t application, std::uint32_t code>
void fuzz(hss::Outcome outcome, const std::uint8_t* data, std::size_t size) {
  const Asked whom = asked(application, code);
  Message request = parse(whom, data, size);
  fd_pei fault{};
  if (!request || fd_msg_parse_rules(request.get(), fd_g_config->cnf_dict, &fault) != 0) {
    if (fault.pei_avp_free != 0) fd_msg_free(fault.pei_avp);
    return;
  }
  const diameter_ext::AnswerStyle style{*known, whom.application, Codec::repeat};
  const auto received = diameter_ext::look_at(request.get());
  if (const auto failure = diameter_ext::check_grammar(whom.command.request, whom.application.groups, received.avps)) {
    must(failure->code == 5005 || failure->code == 5009, "a broken grammar without its code");
    check_sendable(diameter_ext::encode_failure(style, request, *failure));
    return;
  }
  const auto echo = diameter_ext::echo_of(received.avps);
  check_text(std::string(echo.user_name));
  check_text(std::string(echo.public_identity));
  const auto decoded = Codec::decode(received);
  if (const auto* failure = std::get_if<diameter_ext::DecodeFailure>(&decoded)) {
    must(failure->code >= 5001 && failure->code <= 5014, "a failure without a code of the base protocol");
    check_sendable(diameter_ext::encode_failure(style, request, *failure));
    return;
  }
  const auto& plain = std::get<typename Codec::Request>(decoded);
  for (const auto* text : texts_of(plain)) {
    check_text(*text);
    must(!text->empty(), "an identity that is empty");
  }
  check_plain(plain);
  check_features(plain, echo);
  check_sendable(diameter_ext::encode<Codec>(style, request, echo, full(plain, outcome)));
}

constexpr std::uint32_t cx = 16777216;
constexpr std::uint32_t zh = 16777221;
constexpr std::array fuzz_command{
    fuzz<diameter_ext::MultimediaAuthCodec, cx, 303>, fuzz<diameter_ext::UserAuthorizationCodec, cx, 300>,
    fuzz<diameter_ext::LocationInfoCodec, cx, 302>, fuzz<diameter_ext::ServerAssignmentCodec, cx, 301>,
    fuzz<diameter_ext::zh::MultimediaAuthCodec, zh, 303>};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  known = &started_library();
  return 0;
}

// The first octet chooses the outcome that is answered, and so does the second the command.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto outcome = hss::outcome_codes[data[0] % hss::outcome_codes.size()].outcome;
  fuzz_command[data[1] % fuzz_command.size()](outcome, data + 2, size - 2);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// User-Authorization, AVP by AVP.
#include "diameter_ext/cx/user_authorization_codec.h"

#include "hss/identity.h"

namespace diameter_ext {
namespace {

using Request = UserAuthorizationCodec::Request;

constexpr std::uint32_t emergency_registration = 1U << 0U;  // of UAR-Flags (TS 29.229 6.3.44)

ReadFailure read(const ReceivedAvp& received, Request& out) {
  switch (received.which) {
    case avp("User-Name"):
      return read_text(received, out.impi);
    case avp("Public-Identity"):
      return read_text(received, out.impu);
    case avp("Visited-Network-Identifier"):
      return read_text(received, out.visited_network);
    case avp("User-Authorization-Type"):
      return read_enumerated(received, hss::AuthorizationType::registration_and_capabilities, out.type);
    case avp("UAR-Flags"):
      out.emergency = (received.u32().value_or(0) & emergency_registration) != 0;
      return std::nullopt;
    default:
      return read_common(received, out);
  }
}

}  // namespace

Decoded<Request> UserAuthorizationCodec::decode(const ReceivedRequest& received) {
  auto decoded = decode_request<Request>(received, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    plain->impi = hss::canonical_impi(plain->impi);
    plain->impu = hss::canonical_impu(plain->impu);
    plain->visited_network = hss::canonical_network(plain->visited_network);
  }
  return decoded;
}

void UserAuthorizationCodec::write(Writer& writer, const Answer& answer) {
  write_server(writer, answer.server_name, answer.capabilities);
}

}  // namespace diameter_ext

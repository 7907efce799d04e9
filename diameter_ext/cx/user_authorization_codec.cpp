// SPDX-License-Identifier: Apache-2.0
// User-Authorization, AVP by AVP.
#include "diameter_ext/cx/user_authorization_codec.h"

#include "hss/identity.h"

namespace diameter_ext {
namespace {

using Request = UserAuthorizationCodec::Request;

constexpr std::uint32_t emergency_registration = 1U << 0U;  // of UAR-Flags (TS 29.229 6.3.44)

ReadFailure read(const ReceivedAvp& avp, Request& out) {
  if (avp.vendor == 0 && avp.code == code::user_name) {
    return read_text(avp, out.impi);
  }
  if (avp.vendor != vendor_3gpp_id) {
    return read_common(avp, out);
  }
  switch (avp.code) {
    case code::public_identity:
      return read_text(avp, out.impu);
    case code::visited_network_identifier:
      return read_text(avp, out.visited_network);
    case code::user_authorization_type:
      return read_enumerated(avp, hss::AuthorizationType::registration_and_capabilities, out.type);
    case code::uar_flags:
      out.emergency = (avp.u32().value_or(0) & emergency_registration) != 0;
      return std::nullopt;
    default:
      return read_common(avp, out);
  }
}

}  // namespace

Decoded<Request> UserAuthorizationCodec::decode(msg* request) {
  auto decoded = decode_request<Request>(request, read);
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

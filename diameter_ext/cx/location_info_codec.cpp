// SPDX-License-Identifier: Apache-2.0
// Location-Info, AVP by AVP.
#include "diameter_ext/cx/location_info_codec.h"

#include "hss/identity.h"

namespace diameter_ext {
namespace {

using Request = LocationInfoCodec::Request;

constexpr std::uint32_t psi_direct_routing = 1U << 0U;  // of LIA-Flags (TS 29.229 6.3.59)

ReadFailure read_originating(const ReceivedAvp& received, bool& is_there) {
  enum class OriginatingRequest : std::uint8_t { originating };  // TS 29.229 6.3.34: the only value
  OriginatingRequest value{};
  is_there = true;
  return read_enumerated(received, OriginatingRequest::originating, value);
}

ReadFailure read(const ReceivedAvp& received, Request& out) {
  switch (received.which) {
    case avp("Public-Identity"):
      return read_text(received, out.impu);
    case avp("User-Authorization-Type"):
      return read_enumerated(received, hss::AuthorizationType::registration_and_capabilities, out.type);
    case avp("Originating-Request"):
      return read_originating(received, out.originating);
    case avp("Session-Priority"):
      return check_session_priority(received);
    default:
      return read_common(received, out);
  }
}

}  // namespace

Decoded<Request> LocationInfoCodec::decode(const ReceivedRequest& received) {
  auto decoded = decode_request<Request>(received, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    plain->impu = hss::canonical_impu(plain->impu);
  }
  return decoded;
}

void LocationInfoCodec::write(Writer& writer, const Answer& answer) {
  write_server(writer, answer.server_name, answer.capabilities);
  write_optional(writer, avp("Wildcarded-Public-Identity"), answer.wildcard);
  if (answer.psi_direct_routing) {
    writer.u32(avp("LIA-Flags"), psi_direct_routing);
  }
}

}  // namespace diameter_ext

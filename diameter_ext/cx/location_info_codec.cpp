// SPDX-License-Identifier: Apache-2.0
// Location-Info, AVP by AVP.
#include "diameter_ext/cx/location_info_codec.h"

#include "hss/identity.h"

namespace diameter_ext {
namespace {

using Request = LocationInfoCodec::Request;

constexpr std::uint32_t psi_direct_routing = 1U << 0U;  // of LIA-Flags (TS 29.229 6.3.59)

ReadFailure read_originating(const ReceivedAvp& avp, bool& is_there) {
  enum class OriginatingRequest : std::uint8_t { originating };  // TS 29.229 6.3.34: the only value
  OriginatingRequest value{};
  is_there = true;
  return read_enumerated(avp, OriginatingRequest::originating, value);
}

ReadFailure read(const ReceivedAvp& avp, Request& out) {
  if (avp.vendor != vendor_3gpp_id) {
    return read_common(avp, out);
  }
  switch (avp.code) {
    case code::public_identity:
      return read_text(avp, out.impu);
    case code::user_authorization_type:
      return read_enumerated(avp, hss::AuthorizationType::registration_and_capabilities, out.type);
    case code::originating_request:
      return read_originating(avp, out.originating);
    case code::session_priority:
      return check_session_priority(avp);
    default:
      return read_common(avp, out);
  }
}

}  // namespace

Decoded<Request> LocationInfoCodec::decode(msg* request) {
  auto decoded = decode_request<Request>(request, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    plain->impu = hss::canonical_impu(plain->impu);
  }
  return decoded;
}

void LocationInfoCodec::write(Writer& writer, const Answer& answer) {
  write_server(writer, answer.server_name, answer.capabilities);
  if (answer.wildcard) {
    writer.text(Avp::wildcarded_public_identity, *answer.wildcard);
  }
  if (answer.psi_direct_routing) {
    writer.u32(Avp::lia_flags, psi_direct_routing);
  }
}

}  // namespace diameter_ext

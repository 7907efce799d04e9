// Multimedia-Auth, AVP by AVP.
#include "diameter_ext/multimedia_auth_codec.h"

#include "hss/identity.h"

#include <algorithm>
#include <array>

namespace diameter_ext {
namespace {

using Request = MultimediaAuthCodec::Request;

ReadFailure read_item_part(const ReceivedAvp& avp, Request& out) {
  if (avp.vendor != vendor_3gpp_id) {
    return std::nullopt;
  }
  if (avp.code == code::sip_authentication_scheme) {
    return read_text(avp, out.scheme_name);
  }
  if (avp.code == code::sip_authorization) {
    const auto octets = avp.octets();
    if (!octets) {
      return invalid_value(avp);
    }
    out.authorization.emplace(octets->begin(), octets->end());
  }
  return std::nullopt;
}

ReadFailure read_item(const ReceivedAvp& item, Request& out) {
  for (const ReceivedAvp& child : children_of(item.handle)) {
    if (auto failure = read_item_part(child, out)) {
      return failure;
    }
  }
  if (out.scheme_name.empty()) {
    return DecodeFailure{result::missing_avp, nullptr, Avp::sip_authentication_scheme};
  }
  return std::nullopt;
}

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
    case code::server_name:
      return read_text(avp, out.server_name);
    case code::sip_auth_data_item:
      return read_item(avp, out);
    case code::sip_number_auth_items:
      out.items = avp.u32().value_or(1);
      return std::nullopt;
    default:
      return read_common(avp, out);
  }
}

}  // namespace

Decoded<Request> MultimediaAuthCodec::decode(msg* request) {
  auto decoded = decode_request<Request>(request, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    plain->impi = hss::canonical_impi(plain->impi);
    plain->impu = hss::canonical_impu(plain->impu);
  }
  return decoded;
}

void MultimediaAuthCodec::write(Writer& writer, const Answer& answer) {
  if (answer.outcome != hss::Outcome::success) {
    return;
  }
  writer.u32(Avp::sip_number_auth_items, static_cast<std::uint32_t>(answer.vectors.size()));
  std::uint32_t number = 0;
  for (const auc::Vector& vector : answer.vectors) {
    std::array<std::uint8_t, 32> authenticate{};  // RAND || AUTN
    const auto autn = std::copy(vector.rand.octets.begin(), vector.rand.octets.end(), authenticate.begin());
    std::copy(vector.autn.octets.begin(), vector.autn.octets.end(), autn);
    Writer item = writer.group(Avp::sip_auth_data_item);
    item.u32(Avp::sip_item_number, ++number);
    item.text(Avp::sip_authentication_scheme, answer.scheme_name);
    item.octets(Avp::sip_authenticate, authenticate);
    item.octets(Avp::sip_authorization, vector.xres.octets.view());
    item.octets(Avp::confidentiality_key, vector.ck.octets.view());
    item.octets(Avp::integrity_key, vector.ik.octets.view());
  }
}

}  // namespace diameter_ext

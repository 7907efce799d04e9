// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth, AVP by AVP.
#include "diameter_ext/cx/multimedia_auth_codec.h"

#include "hss/identity.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

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

// OpenSIPS puts RAND || AUTS beside SIP-Auth-Data-Item instead of inside: counts as if it stood there. Any other value
// at this place is an AVP that the command does not have.
void read_stray_authorization(const ReceivedAvp& avp, Request& out) {
  const auto octets = avp.octets();
  if (octets && octets->size() == hss::rand_auts_octets && !out.authorization) {
    out.authorization.emplace(octets->begin(), octets->end());
  }
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
    case code::sip_authorization:
      read_stray_authorization(avp, out);
      return std::nullopt;
    case code::sip_number_auth_items:
      out.items = avp.u32().value_or(1);
      return std::nullopt;
    default:
      return read_common(avp, out);
  }
}

void write_vectors(Writer& writer, const hss::MultimediaAuthAnswer& answer) {
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

// TS 29.229 6.3.36: Digest-HA1 is that of MD5, also where a further algorithm is told.
void write_digest(Writer& item, const hss::DigestData& digest) {
  Writer group = item.group(Avp::sip_digest_authenticate);
  group.text(Avp::digest_realm, digest.realm);
  group.text(Avp::digest_algorithm, "MD5");
  group.text(Avp::digest_qop, "auth");
  group.octets(Avp::digest_ha1, digest.md5.digits.view());
  if (digest.sha256) {
    group.text(Avp::alternate_digest_algorithm, "SHA-256");
    group.octets(Avp::alternate_digest_ha1, digest.sha256->digits.view());
  }
}

// Framed-IP-Address is no Address but four octets (RFC 7155 4.4.10.5.1); a prefix has a zero octet, its length in bits
// and as many octets as they need (RFC 3162 2.3).
void write_address(Writer& item, const hss::UeAddress& address) {
  if (!address.is_ipv6) {
    item.octets(Avp::framed_ip_address, std::span(address.octets).first(4));
    return;
  }
  std::vector<std::uint8_t> prefix{0, address.prefix_bits};
  prefix.insert(prefix.end(), address.octets.begin(), address.octets.begin() + (address.prefix_bits + 7) / 8);
  item.octets(Avp::framed_ipv6_prefix, prefix);
  if (address.interface_id) {
    std::uint64_t id = 0;
    for (const std::uint8_t octet : *address.interface_id) {
      id = id << 8U | octet;
    }
    item.u64(Avp::framed_interface_id, id);
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
  if (!answer.vectors.empty()) {
    write_vectors(writer, answer);
    return;
  }
  writer.u32(Avp::sip_number_auth_items, 1);
  Writer item = writer.group(Avp::sip_auth_data_item);
  item.text(Avp::sip_authentication_scheme, answer.scheme_name);
  if (answer.digest) {
    write_digest(item, *answer.digest);
  }
  for (const std::string& line : answer.lines) {
    item.text(Avp::line_identifier, line);  // octets, whatever they are
  }
  if (answer.address) {
    write_address(item, *answer.address);
  }
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth, AVP by AVP.
#include "diameter_ext/cx/multimedia_auth_codec.h"

#include "diameter_ext/auth_item.h"
#include "diameter_ext/cx/common.h"
#include "hss/identity.h"

#include <span>
#include <utility>
#include <vector>

namespace diameter_ext {
namespace {

using Request = MultimediaAuthCodec::Request;

// OpenSIPS puts RAND || AUTS beside SIP-Auth-Data-Item instead of inside: counts as if it stood there. Any other value
// at this place is an AVP that the command does not have.
void read_stray_authorization(const ReceivedAvp& received, Request& out) {
  const auto octets = received.octets();
  if (octets && octets->size() == hss::rand_auts_octets && !out.authorization) {
    out.authorization.emplace(octets->begin(), octets->end());
  }
}

ReadFailure read_item(const ReceivedAvp& received, Request& out) {
  AuthItem item;
  auto failure = read_auth_item(received, item);
  out.scheme_name = std::move(item.scheme_name);
  if (item.authorization) {
    out.authorization = std::move(item.authorization);
  }
  return failure;
}

ReadFailure read(const ReceivedAvp& received, Request& out) {
  switch (received.which) {
    case avp("User-Name"):
      return read_text(received, out.impi);
    case avp("Public-Identity"):
      return read_text(received, out.impu);
    case avp("Server-Name"):
      return read_text(received, out.server_name);
    case avp("SIP-Auth-Data-Item"):
      return read_item(received, out);
    case avp("SIP-Authorization"):
      read_stray_authorization(received, out);
      return std::nullopt;
    case avp("SIP-Number-Auth-Items"):
      out.items = received.u32().value_or(1);
      return std::nullopt;
    default:
      return read_common(received, out);
  }
}

void write_vectors(Writer& writer, const hss::MultimediaAuthAnswer& answer) {
  writer.u32(avp("SIP-Number-Auth-Items"), static_cast<std::uint32_t>(answer.vectors.size()));
  std::uint32_t number = 0;
  for (const auc::Vector& vector : answer.vectors) {
    write_vector(writer, ++number, answer.scheme_name, vector);
  }
}

// Framed-IP-Address is no Address but four octets (RFC 7155 4.4.10.5.1); a prefix has a zero octet, its length in bits
// and as many octets as they need (RFC 3162 2.3).
void write_address(Writer& item, const hss::UeAddress& address) {
  if (!address.is_ipv6) {
    item.octets(avp("Framed-IP-Address"), std::span(address.octets).first(4));
    return;
  }
  std::vector<std::uint8_t> prefix{0, address.prefix_bits};
  prefix.insert(prefix.end(), address.octets.begin(), address.octets.begin() + (address.prefix_bits + 7) / 8);
  item.octets(avp("Framed-IPv6-Prefix"), prefix);
  if (address.interface_id) {
    std::uint64_t id = 0;
    for (const std::uint8_t octet : *address.interface_id) {
      id = id << 8U | octet;
    }
    item.u64(avp("Framed-Interface-Id"), id);
  }
}

}  // namespace

Decoded<Request> MultimediaAuthCodec::decode(const ReceivedRequest& received) {
  auto decoded = decode_request<Request>(received, read);
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
  writer.u32(avp("SIP-Number-Auth-Items"), 1);
  Writer item = writer.group(avp("SIP-Auth-Data-Item"));
  item.text(avp("SIP-Authentication-Scheme"), answer.scheme_name);
  if (answer.digest) {
    write_digest(item, *answer.digest);
  }
  for (const std::string& line : answer.lines) {
    item.text(avp("Line-Identifier"), line);  // octets, whatever they are
  }
  if (answer.address) {
    write_address(item, *answer.address);
  }
}

}  // namespace diameter_ext

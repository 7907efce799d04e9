// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth of Zh, AVP by AVP.
#include "diameter_ext/zh/multimedia_auth_codec.h"

#include "diameter_ext/auth_item.h"
#include "hss/identity.h"

#include <utility>

namespace diameter_ext::zh {
namespace {

using Request = MultimediaAuthCodec::Request;

ReadFailure read_item(const ReceivedAvp& received, Request& out) {
  AuthItem item;
  auto failure = read_auth_item(received, item);
  out.scheme_name = std::move(item.scheme_name);
  out.authorization = std::move(item.authorization);
  return failure;
}

ReadFailure read(const ReceivedAvp& received, Request& out) {
  switch (received.which) {
    case avp("User-Name"):
      return read_text(received, out.impi);
    case avp("Public-Identity"):
      return read_text(received, out.impu);
    case avp("SIP-Auth-Data-Item"):
      return read_item(received, out);
    case avp("GUSS-Timestamp"):
      return read_time(received, out.guss_timestamp);
    default:
      return read_requester(received, out.requester);
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

// GUSS-Timestamp is not among the AVPs that TS 29.109 names for this answer. It is no part of the document either, so
// from where else could a BSF have it; M is not set, and whoever does not know it lets it be.
void MultimediaAuthCodec::write(Writer& writer, const Answer& answer) {
  if (answer.outcome != hss::Outcome::success) {
    return;
  }
  if (answer.vector) {
    write_vector(writer, 1, answer.scheme_name, *answer.vector);
  }
  if (answer.settings) {
    writer.text(avp("GBA-UserSecSettings"), answer.settings->document);
    write_time(writer, avp("GUSS-Timestamp"), answer.settings->changed_at);
  }
}

}  // namespace diameter_ext::zh

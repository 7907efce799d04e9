// SPDX-License-Identifier: Apache-2.0
// SIP-Auth-Data-Item, AVP by AVP.
#include "diameter_ext/auth_item.h"

#include <algorithm>
#include <array>

namespace diameter_ext {
namespace {

ReadFailure read_part(const ReceivedAvp& received, AuthItem& into) {
  if (received.which == avp("SIP-Authentication-Scheme")) {
    return read_text(received, into.scheme_name);
  }
  if (received.which == avp("SIP-Authorization")) {
    const auto octets = received.octets();
    if (!octets) {
      return invalid_value(received);
    }
    into.authorization.emplace(octets->begin(), octets->end());
  }
  return std::nullopt;
}

}  // namespace

ReadFailure read_auth_item(const ReceivedAvp& item, AuthItem& into) {
  if (auto failure = read_group(item, [&](const ReceivedAvp& child) { return read_part(child, into); })) {
    return failure;
  }
  if (into.scheme_name.empty()) {
    return DecodeFailure{result::missing_avp, nullptr, avp("SIP-Authentication-Scheme")};
  }
  return std::nullopt;
}

void write_vector(Writer& writer, std::uint32_t number, std::string_view scheme_name, const auc::Vector& vector) {
  std::array<std::uint8_t, 32> authenticate{};  // RAND || AUTN
  const auto autn = std::copy(vector.rand.octets.begin(), vector.rand.octets.end(), authenticate.begin());
  std::copy(vector.autn.octets.begin(), vector.autn.octets.end(), autn);
  Writer item = writer.group(avp("SIP-Auth-Data-Item"));
  item.u32(avp("SIP-Item-Number"), number);
  item.text(avp("SIP-Authentication-Scheme"), scheme_name);
  item.octets(avp("SIP-Authenticate"), authenticate);
  item.octets(avp("SIP-Authorization"), vector.xres.octets.view());
  item.octets(avp("Confidentiality-Key"), vector.ck.octets.view());
  item.octets(avp("Integrity-Key"), vector.ik.octets.view());
}

}  // namespace diameter_ext

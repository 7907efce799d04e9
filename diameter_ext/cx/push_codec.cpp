// SPDX-License-Identifier: Apache-2.0
// Pushes, AVP by AVP.
#include "diameter_ext/cx/push_codec.h"

#include "diameter_ext/codec.h"
#include "diameter_ext/cx/common.h"
#include "hss/identity.h"

namespace diameter_ext {
namespace {

constexpr std::size_t most_emergencies = 64;  // of one user

hss::PushAnswer::Emergency emergency_of(const ReceivedAvp& group) {
  hss::PushAnswer::Emergency out;
  for (const ReceivedAvp& child : children_of(group.handle)) {
    const auto text = std::string(child.text().value_or(std::string_view{}));
    if (child.which == avp("User-Name")) {
      out.impi = hss::canonical_impi(text);
    } else if (child.which == avp("Public-Identity")) {
      out.impu = hss::canonical_impu(text);
    }
  }
  return out;
}

}  // namespace

void TerminationCodec::write(Writer& writer, const hss::TerminationRequest& request) {
  writer.text(avp("User-Name"), request.impi);
  write_texts(writer, avp("Associated-Identities"), avp("User-Name"), request.associated);
  for (const std::string& impu : request.impus) {
    writer.text(avp("Public-Identity"), impu);
  }
  Writer reason = writer.group(avp("Deregistration-Reason"));
  reason.i32(avp("Reason-Code"), static_cast<std::int32_t>(request.reason));
  if (!request.reason_info.empty()) {
    reason.text(avp("Reason-Info"), request.reason_info);
  }
}

void ProfileCodec::write(Writer& writer, const hss::ProfileRequest& request) {
  writer.text(avp("User-Name"), request.impi);
  if (request.features != 0) {
    write_features(writer, request.features);
  }
  if (!request.user_data.empty()) {
    writer.text(avp("User-Data"), request.user_data);
  }
  if (request.charging) {
    write_charging(writer, *request.charging);
  }
  if (request.digest) {
    Writer item = writer.group(avp("SIP-Auth-Data-Item"));
    item.text(avp("SIP-Authentication-Scheme"), hss::name(hss::Scheme::sip_digest));
    write_digest(item, *request.digest);
  }
}

hss::PushAnswer decode_push_answer(msg* answer) {
  const ReceivedRequest received = look_at(answer);
  const ReceivedResult result = result_of(received.avps);
  hss::PushAnswer out{result.vendor, result.code, {}, {}};
  for (const ReceivedAvp& one : received.avps) {
    if (one.which == avp("Identity-with-Emergency-Registration") && out.emergencies.size() < most_emergencies) {
      out.emergencies.push_back(emergency_of(one));
    }
  }
  return out;
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// AVPs that several commands of Cx have.
#include "diameter_ext/cx/common.h"

#include <cstdint>

namespace diameter_ext {
namespace {

constexpr std::uint32_t feature_list_served = 1;  // Feature-List-ID (TS 29.229 7.1.1)

// One list of features as it was sent.
struct FeatureList {
  std::optional<std::uint32_t> vendor;
  std::optional<std::uint32_t> id;
  std::optional<std::uint32_t> features;
};

ReadFailure read_part(const ReceivedAvp& received, FeatureList& into) {
  switch (received.which) {
    case avp("Vendor-Id"):
      return read_u32(received, into.vendor);
    case avp("Feature-List-ID"):
      return read_u32(received, into.id);
    case avp("Feature-List"):
      return read_u32(received, into.features);
    default:
      return std::nullopt;
  }
}

}  // namespace

// TS 29.229 7.2.1: with the M bit the features of the list are required, without it they are merely there.
ReadFailure read_features(const ReceivedAvp& received, hss::SupportedFeatures& into) {
  FeatureList list;
  if (read_group(received, [&](const ReceivedAvp& child) { return read_part(child, list); })) {
    return invalid_value(received);
  }
  into.sent = true;
  if (list.vendor == vendor::v3gpp && list.id == feature_list_served) {
    into.offered |= list.features.value_or(0);
    into.required |= received.is_mandatory() ? list.features.value_or(0) : 0;
  } else {
    into.requires_unknown_list = into.requires_unknown_list || received.is_mandatory();
  }
  return std::nullopt;
}

ReadFailure check_session_priority(const ReceivedAvp& received) {
  enum class SessionPriority : std::uint8_t { lowest = 4 };
  SessionPriority priority{};
  return read_enumerated(received, SessionPriority::lowest, priority);
}

void repeat_features(Writer& writer, const Echo& echo) {
  if (!echo.features) {
    return;
  }
  write_features(writer, hss::feature::served);
}

void write_features(Writer& writer, std::uint32_t features) {
  Writer group = writer.group(avp("Supported-Features"));
  group.u32(avp("Vendor-Id"), vendor::v3gpp);
  group.u32(avp("Feature-List-ID"), feature_list_served);
  group.u32(avp("Feature-List"), features);
}

void repeat_features_and_user_name(Writer& writer, const Echo& echo) {
  repeat_features(writer, echo);
  repeat_user_name(writer, echo);
}

void repeat_features_and_identities(Writer& writer, const Echo& echo) {
  repeat_features(writer, echo);
  repeat_identities(writer, echo);
}

void write_charging(Writer& writer, const hss::ChargingInformation& from) {
  Writer group = writer.group(avp("Charging-Information"));
  write_optional(group, avp("Primary-Event-Charging-Function-Name"), from.primary_event);
  write_optional(group, avp("Secondary-Event-Charging-Function-Name"), from.secondary_event);
  write_optional(group, avp("Primary-Charging-Collection-Function-Name"), from.primary_collection);
  write_optional(group, avp("Secondary-Charging-Collection-Function-Name"), from.secondary_collection);
}

void write_digest(Writer& item, const hss::DigestData& digest) {
  Writer group = item.group(avp("SIP-Digest-Authenticate"));
  group.text(avp("Digest-Realm"), digest.realm);
  group.text(avp("Digest-Algorithm"), "MD5");
  group.text(avp("Digest-QoP"), "auth");
  group.octets(avp("Digest-HA1"), digest.md5.digits.view());
  if (digest.sha256) {
    group.text(avp("Alternate-Digest-Algorithm"), "SHA-256");
    group.octets(avp("Alternate-Digest-HA1"), digest.sha256->digits.view());
  }
}

void write_server(Writer& writer, const std::optional<std::string>& name,
                  const std::optional<hss::ServerCapabilities>& capabilities) {
  write_optional(writer, avp("Server-Name"), name);
  if (!capabilities) {
    return;
  }
  Writer group = writer.group(avp("Server-Capabilities"));
  for (const auto number : capabilities->mandatory) {
    group.u32(avp("Mandatory-Capability"), number);
  }
  for (const auto number : capabilities->optional) {
    group.u32(avp("Optional-Capability"), number);
  }
  for (const auto& preferred : capabilities->server_names) {
    group.text(avp("Server-Name"), preferred);
  }
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// What the codecs of Cx share: Supported-Features, Server-Capabilities, Session-Priority (TS 29.229 6.3, 7).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/cx/messages.h"

#include <cstdint>
#include <optional>
#include <string>

namespace diameter_ext {

ReadFailure read_features(const ReceivedAvp& received, hss::SupportedFeatures& into);

// AVPs that requests of every command of Cx have; does nothing with any other.
template <typename Request>
ReadFailure read_common(const ReceivedAvp& received, Request& into) {
  return received.which == avp("Supported-Features") ? read_features(received, into.features)
                                                     : read_requester(received, into.requester);
}

// Session-Priority says how urgent the session is; it is not acted upon (TS 29.229 6.3.56: 0 to 4).
ReadFailure check_session_priority(const ReceivedAvp& received);

// If they were sent, ours are told (TS 29.229 7.2.1: without the M bit); and what else is repeated.
void repeat_features(Writer& writer, const Echo& echo);
void repeat_features_and_user_name(Writer& writer, const Echo& echo);
void repeat_features_and_identities(Writer& writer, const Echo& echo);

// Supported-Features with these bits of the list that we serve.
void write_features(Writer& writer, std::uint32_t features);
void write_charging(Writer& writer, const hss::ChargingInformation& from);
// TS 29.229 6.3.36: Digest-HA1 is that of MD5, also where a further algorithm is told.
void write_digest(Writer& item, const hss::DigestData& digest);

// Server-Name and Server-Capabilities, each if it is there.
void write_server(Writer& writer, const std::optional<std::string>& name,
                  const std::optional<hss::ServerCapabilities>& capabilities);

}  // namespace diameter_ext

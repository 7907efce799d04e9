// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth between AVPs and plain values (TS 29.229 6.1.7, 6.1.8).
#pragma once

#include "diameter_ext/cx/common.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct MultimediaAuthCodec {
  using Command = hss::app::MultimediaAuth;
  using Request = Command::Request;
  using Answer = Command::Answer;

  static Decoded<Request> decode(const ReceivedRequest& received);
  // Kamailio reads both before it looks at the result.
  static constexpr Repeat repeat = repeat_features_and_identities;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

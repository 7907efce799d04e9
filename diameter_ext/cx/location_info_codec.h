// SPDX-License-Identifier: Apache-2.0
// Location-Info between AVPs and plain values (TS 29.229 6.1.5, 6.1.6).
#pragma once

#include "diameter_ext/cx/common.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct LocationInfoCodec {
  using Command = hss::app::LocationInfo;
  using Request = Command::Request;
  using Answer = Command::Answer;

  static Decoded<Request> decode(const ReceivedRequest& received);
  static constexpr Repeat repeat = repeat_features;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

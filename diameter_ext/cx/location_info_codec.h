// SPDX-License-Identifier: Apache-2.0
// Location-Info between AVPs and plain values (TS 29.229 6.1.5, 6.1.6).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct LocationInfoCodec {
  using Request = hss::LocationInfoRequest;
  using Answer = hss::LocationInfoAnswer;
  static constexpr std::uint32_t code = 302;
  static constexpr auto command = hss::app::LocationInfo::command;

  static Decoded<Request> decode(msg* request);
  static constexpr Repeat repeat = repeat_nothing;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

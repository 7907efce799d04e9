// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth between AVPs and plain values (TS 29.229 6.1.7, 6.1.8).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct MultimediaAuthCodec {
  using Request = hss::MultimediaAuthRequest;
  using Answer = hss::MultimediaAuthAnswer;
  static constexpr std::uint32_t code = 303;
  static constexpr auto command = hss::app::MultimediaAuth::command;

  static Decoded<Request> decode(msg* request);
  // Kamailio reads both before it looks at the result.
  static constexpr Repeat repeat = repeat_identities;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth of Zh between AVPs and plain values (TS 29.109 4.2).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/app/zh/commands.h"

namespace diameter_ext::zh {

struct MultimediaAuthCodec {
  using Command = hss::app::ZhMultimediaAuth;
  using Request = Command::Request;
  using Answer = Command::Answer;

  static Decoded<Request> decode(const ReceivedRequest& received);
  static constexpr Repeat repeat = repeat_identities;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext::zh

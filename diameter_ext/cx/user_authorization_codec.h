// SPDX-License-Identifier: Apache-2.0
// User-Authorization between AVPs and plain values (TS 29.229 6.1.1, 6.1.2).
#pragma once

#include "diameter_ext/cx/common.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct UserAuthorizationCodec {
  using Command = hss::app::UserAuthorization;
  using Request = Command::Request;
  using Answer = Command::Answer;

  static Decoded<Request> decode(const ReceivedRequest& received);
  static constexpr Repeat repeat = repeat_features;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

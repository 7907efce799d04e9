// SPDX-License-Identifier: Apache-2.0
// User-Authorization between AVPs and plain values (TS 29.229 6.1.1, 6.1.2).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct UserAuthorizationCodec {
  using Request = hss::UserAuthorizationRequest;
  using Answer = hss::UserAuthorizationAnswer;
  static constexpr std::uint32_t code = 300;
  static constexpr auto command = hss::app::UserAuthorization::command;

  static Decoded<Request> decode(msg* request);
  static constexpr Repeat repeat = repeat_nothing;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

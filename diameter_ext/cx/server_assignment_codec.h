// SPDX-License-Identifier: Apache-2.0
// Server-Assignment between AVPs and plain values (TS 29.229 6.1.3, 6.1.4).
#pragma once

#include "diameter_ext/cx/common.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct ServerAssignmentCodec {
  using Command = hss::app::ServerAssignment;
  using Request = Command::Request;
  using Answer = Command::Answer;

  static Decoded<Request> decode(const ReceivedRequest& received);
  static constexpr Repeat repeat = repeat_features_and_user_name;
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

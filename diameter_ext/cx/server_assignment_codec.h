// SPDX-License-Identifier: Apache-2.0
// Server-Assignment between AVPs and plain values (TS 29.229 6.1.3, 6.1.4).
#pragma once

#include "diameter_ext/codec.h"
#include "hss/app/cx/commands.h"

namespace diameter_ext {

struct ServerAssignmentCodec {
  using Request = hss::ServerAssignmentRequest;
  using Answer = hss::ServerAssignmentAnswer;
  static constexpr std::uint32_t code = 301;
  static constexpr auto command = hss::app::ServerAssignment::command;

  static Decoded<Request> decode(msg* request);
  static void repeat(Writer& writer, const Echo& echo);
  static void write(Writer& writer, const Answer& answer);
};

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// Registration-Termination and Push-Profile (TS 29.229 6.1.9 to 6.1.12): what a request has beyond what all have, and
// what an answer says.
#pragma once

#include "diameter_ext/message.h"
#include "hss/cx/push_messages.h"

namespace diameter_ext {

struct TerminationCodec {
  static constexpr std::uint32_t command = 304;
  static void write(Writer& writer, const hss::TerminationRequest& request);
};

struct ProfileCodec {
  static constexpr std::uint32_t command = 305;
  static void write(Writer& writer, const hss::ProfileRequest& request);
};

// Of either; without a code where it has no result. Identities are canonical. Throws FdError.
hss::PushAnswer decode_push_answer(msg* answer);

}  // namespace diameter_ext

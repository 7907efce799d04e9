// SPDX-License-Identifier: Apache-2.0
// The commands of Cx as types, for what is written once for the commands of every application.
#pragma once

#include "hss/command.h"
#include "hss/cx/authentication_scheme.h"
#include "hss/cx/messages.h"
#include "hss/cx/multimedia_auth.h"

#include <cstddef>
#include <optional>

namespace hss::app {

// A command has: Request, with `requester` and `features`; Answer, with `outcome`; `command`, its row. It may have:
// State, what a request carries from one go to the next; weight(request), in units of a request for one row;
// needs_token(request), whether it cannot be served without the token.
struct UserAuthorization {
  using Request = UserAuthorizationRequest;
  using Answer = UserAuthorizationAnswer;
  static constexpr Command command = hss::command("Cx", "UAR");
};

struct ServerAssignment {
  using Request = ServerAssignmentRequest;
  using Answer = ServerAssignmentAnswer;
  static constexpr Command command = hss::command("Cx", "SAR");

  // It looks up each of its identities and writes each contact.
  static std::size_t weight(const Request& request) noexcept;
};

struct LocationInfo {
  using Request = LocationInfoRequest;
  using Answer = LocationInfoAnswer;
  static constexpr Command command = hss::command("Cx", "LIR");
};

struct MultimediaAuth {
  using Request = MultimediaAuthRequest;
  using Answer = MultimediaAuthAnswer;
  static constexpr Command command = hss::command("Cx", "MAR");

  struct State {
    std::optional<CheckedAuts> checked;  // what the token said of its AUTS
  };
  static bool needs_token(const Request& request) noexcept { return hss::needs_token(scheme_of(request.scheme_name)); }
};

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// A request of Cx as the peer that sent it means it (configuration: diameter.peer).
#pragma once

#include "hss/app/config.h"
#include "hss/cx/messages.h"

namespace hss::app {

void adapt(UserAuthorizationRequest& request, const PeerConfig& peer) noexcept;
void adapt(ServerAssignmentRequest& request, const PeerConfig& peer) noexcept;
inline void adapt(LocationInfoRequest& /*request*/, const PeerConfig& /*peer*/) noexcept {}
inline void adapt(MultimediaAuthRequest& /*request*/, const PeerConfig& /*peer*/) noexcept {}

}  // namespace hss::app

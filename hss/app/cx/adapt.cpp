// SPDX-License-Identifier: Apache-2.0
// What I-CSCFs and S-CSCFs of some makers ask for otherwise than the standard has it.
#include "hss/app/cx/adapt.h"

namespace hss::app {

void adapt(UserAuthorizationRequest& request, const PeerConfig& peer) noexcept {
  if (peer.type_2_is_registration && request.type == AuthorizationType::registration_and_capabilities) {
    request.type = AuthorizationType::registration;
  }
  request.server_name_first = peer.server_name_first;
}

void adapt(ServerAssignmentRequest& request, const PeerConfig& peer) noexcept {
  request.data_available = request.data_available && !peer.user_data_always;
  request.extensions = peer.user_data_extensions;
}

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// Which requests were refused, with what code and why: one line of log for each, limited per peer, command and code.
#pragma once

#include "diameter_ext/fd.h"
#include "hss/app/permits.h"

#include <cstdint>
#include <string>

namespace diameter_ext {

// For every answer that leaves, whoever made it: our procedures, our decoding, or freeDiameter itself. `peer` may be
// null. An answer that is no refusal costs a look at its first AVPs. Any thread.
void log_refusal(msg* message, const peer_hdr* peer) noexcept;

// "MAR"; of one that is not known the code.
std::string command_name(std::uint32_t application, std::uint32_t command);

// From now on a 5003 that the permits are the reason of says so; null: no longer. `permits` must outlive that.
void explain_refusals(const hss::app::Permits* permits) noexcept;

}  // namespace diameter_ext

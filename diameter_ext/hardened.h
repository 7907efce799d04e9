// SPDX-License-Identifier: Apache-2.0
// What the hardened freeDiameter does for us (deploy/freediameter), and what takes its place on Debian's.
#pragma once

#include "diameter_ext/message.h"

#include <cstdint>
#include <span>

namespace diameter_ext {

// Number of the connection that the request came on, of no other before or after it. On Debian's library it stands for
// the peer. Throws FdError.
std::uint64_t connection_of(msg* request);

// Whether an answer can still leave on that connection, which is the only one it may take; any thread. Debian's library
// does not know: true.
bool is_wanted(msg* request) noexcept;

// Whether send_now() never waits.
bool sending_never_waits() noexcept;

// Sends them in order, those of one connection together; null ones are left out. Never waits; on Debian's library,
// while its sending queue (30 messages) is full, which one peer that stops reading can cause. What could not be sent is
// freed: its peer has gone, or the daemon is stopping.
void send_now(std::span<Message> answers) noexcept;
void send_now(Message answer) noexcept;

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// freeDiameter's log and hooks go through spdlog: at our level, without message contents, without floods.
#pragma once

namespace diameter_ext {

// Takes over the log handler and all hooks. freeDiameter's own hooks print whole messages, and an MAA holds CK and IK.
// Throws FdError.
void redirect_logging();
void restore_logging() noexcept;

// From now on freeDiameter's errors are no longer reasons why it does not start, which go to standard error as well.
void end_of_start() noexcept;

}  // namespace diameter_ext

// freeDiameter's log and hooks go through spdlog: at our level, without message contents, without floods.
#pragma once

namespace diameter_ext {

// Takes over the log handler and all hooks. freeDiameter's own hooks print whole messages, and an MAA holds CK and IK.
// Throws FdError.
void redirect_logging();
void restore_logging() noexcept;

}  // namespace diameter_ext

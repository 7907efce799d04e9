// SPDX-License-Identifier: Apache-2.0
// Where log lines go.
#pragma once

#include "hss/app/config.h"

#include <string_view>

namespace hss::app {

// Sends spdlog's default logger to the configured place and level. A file is made with mode 0640, less what the umask
// takes away. Throws ConfigError when it cannot be written.
void configure_logging(const LogConfig& config);

// Makes the next line go to a file of the configured name, though what was written to so far has another name by now.
// May be called by a signal handler. When that file cannot be opened, lines go to standard error, and each tries again.
void reopen_log() noexcept;

// What those must see who have started the server: on standard error, unless the log goes there anyway.
void tell_stderr(std::string_view line);

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// Keeps the secrets of a process out of core files.
#pragma once

namespace hss::app {

// No core file of this process, and no debugger of the same user; before the first secret is read. The limit does not
// hold where the kernel pipes core files into a program, the other does.
void no_core_files() noexcept;

}  // namespace hss::app

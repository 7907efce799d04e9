// SPDX-License-Identifier: Apache-2.0
// What keeps SoftHSM from working, in words: the module itself answers a general error to whatever it is.
#pragma once

#include <string>

namespace hsm {

// The first thing that is missing or cannot be read by this process, with its name and what to do: SoftHSM's
// configuration, its token folder, a token. Empty when nothing is found, or when `module` is not SoftHSM by its name.
[[nodiscard]] std::string softhsm_fault(const std::string& module);

}  // namespace hsm

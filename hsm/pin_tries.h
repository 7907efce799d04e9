// SPDX-License-Identifier: Apache-2.0
// What a token says of its PINs before one is tried: a wrong try may be the last one.
#pragma once

#include "hsm/cryptoki.h"

#include <cstdint>
#include <string_view>

namespace hsm {

enum class Pin : bool { user, officer };
enum class FinalTry : bool { spare, use };  // what to do when one more wrong PIN would lock the token

// Call right before the PIN is used. Throws Error{pin} from "C_GetTokenInfo" when it is locked, or has one try left
// that is to be spared; Error{config} when there is no user PIN. Logs a warning when wrong ones were tried before.
void refuse_hopeless_try(const CK_TOKEN_INFO& token, std::string_view label, Pin pin, FinalTry final_try);

// The same sentence for a token that says so only when it is asked to log in.
[[noreturn]] void refuse_locked(std::string_view call, std::string_view label, Pin pin);

}  // namespace hsm

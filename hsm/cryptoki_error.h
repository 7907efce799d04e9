// SPDX-License-Identifier: Apache-2.0
// Judges the return value of one Cryptoki call: its name, its kind, and the one check that every call goes through.
#pragma once

#include "hsm/cryptoki.h"
#include "hsm/error.h"

#include <string_view>

namespace hsm {

std::string_view name_of(CK_RV rv) noexcept;  // "CKR_DEVICE_ERROR"; "unknown" where the standard has no name

// The same code means different things from different calls: CKR_GENERAL_ERROR from C_UnwrapKey is a bad blob, from
// C_EncryptInit a sick token.
Kind kind_of(std::string_view call, CK_RV rv) noexcept;

// The handle of a key is gone: from C_UnwrapKey this speaks of the KEK, not of the blob.
bool is_handle_invalid(CK_RV rv) noexcept;

[[noreturn]] void fail(CK_RV rv, std::string_view call, std::string_view about);

// `about` completes "C_UnwrapKey of ..."; leave it empty where the call says it all.
inline void check(CK_RV rv, std::string_view call, std::string_view about = {}) {
  if (rv != CKR_OK) fail(rv, call, about);
}

}  // namespace hsm

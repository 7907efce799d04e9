// SPDX-License-Identifier: Apache-2.0
// The Cryptoki header, included here only: it leaves lower-case macros behind that would rewrite our own names.
#pragma once

#include <p11-kit/pkcs11.h>

#undef aad_len
#undef aad_ptr
#undef ck_rsa_pkcs_mgf_type_t
#undef ck_rsa_pkcs_oaep_source_type_t
#undef counter_bits
#undef data_params
#undef hash_alg
#undef iv_bits
#undef iv_len
#undef iv_ptr
#undef public_data
#undef public_data_len
#undef s_len
#undef shared_data
#undef shared_data_len
#undef source_data
#undef source_data_len
#undef string_data
#undef string_data_len
#undef tag_bits

namespace hsm {

// PKCS#11 3.0; not in a 2.40 header.
inline constexpr CK_MECHANISM_TYPE mechanism_aes_key_wrap_kwp = 0x210b;
inline constexpr CK_RV rv_unwrapping_key_handle_invalid = 0xf0;

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// The long-lived keys a token must hold: KEKs that unwrap subscriber keys and the keys that data keys are derived from.
#pragma once

#include "hsm/attributes.h"
#include "hsm/secret.h"

#include <cstdint>
#include <map>
#include <string>

namespace hsm {

using KeyId = std::uint16_t;
std::array<std::uint8_t, 2> id_octets(KeyId id) noexcept;  // as CKA_ID: big endian

// What the KEK forces on anyone who unwraps under it: without that, the PIN alone would do to unwrap a blob as a
// readable key, or as one that can be copied to where it lies open. Short, since each attribute costs time in every
// unwrap.
void add_forced_attributes(Template& wanted);
// The whole template of an unwrap; tokens want to see in it all that the KEK forces.
void add_unwrapped_attributes(Template& wanted, bool is_private);

// KEKs by id. Throws Error{config} where one could give away what it wraps, or where two have the same id.
std::map<KeyId, CK_OBJECT_HANDLE> find_keks(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                                            const std::string& label);

// Data keys by id, and the fingerprint key, derived inside the token from the AES-256 keys of that label.
struct DerivedKeys {
  std::map<KeyId, HeapSecret> data;
  HeapSecret fingerprint;  // empty where there is no key with fingerprint_data_key_id
};
DerivedKeys derive_keys(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, const std::string& label);

// One key's data key; also for the tool that seals.
HeapSecret derive_data_key(const Object& key, KeyId id);
// Of the key with fingerprint_data_key_id.
HeapSecret derive_fingerprint_key(const Object& key);
[[noreturn]] void refuse_without_fingerprint_key(const std::string& label, const std::string& token);  // Error{config}

}  // namespace hsm

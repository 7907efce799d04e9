// Taking the fingerprint of a subscriber key inside a token.
#pragma once

#include "hsm/attributes.h"
#include "hsm/key_admin.h"
#include "hsm/secret.h"
#include "hsm/token.h"

namespace hsm {

// What stands for K in the database (architecture.md, "Keys"): HMAC-SHA-256 under the fingerprint key over a fixed
// block encrypted under K. One operation in the object's session, which must not have another one under way. The same
// for the same K, however it was wrapped. Throws Error.
Fingerprint fingerprint_of(const Object& k, const HeapSecret& fingerprint_key);

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// Milenage (TS 35.206) computed over a token: f1 to f5*, OPc, whole vectors and the check of an AUTS.
#pragma once

#include "auc/types.h"
#include "hsm/token.h"

#include <optional>
#include <span>
#include <vector>

namespace auc {

// All outputs of one computation; AK and AK* are secret too. Used by the conformance tests and by the functions below.
struct MilenageOutputs {
  hsm::Secret<8> f1, f1_star, f2;
  hsm::Secret<16> f3, f4;
  hsm::Secret<6> f5, f5_star;
};

// What a vector is made for.
struct Challenge {
  Rand rand;
  Sqn sqn;
};

// All functions but the last: the key's companion is OPc (16 octets; anything else throws hsm::Error of kind key). One
// begin on the token each, two updates (all TEMP blocks, then all OUT blocks; open_auts has a third, because AK*
// uncovers what the MAC is made of). Block as long as the token does; throw hsm::Error.

// One AES pass for f1 and f1* with the given SQN and AMF, and f2, f3, f4, f5, f5*.
MilenageOutputs milenage(hsm::Token& token, const hsm::Key& key, const Rand& rand, Sqn sqn, Amf amf);

// One vector per challenge, in order; no challenge, no call on the token. TS 33.102 6.3.2; AK always conceals SQN.
std::vector<Vector> vectors(hsm::Token& token, const hsm::Key& key, std::span<const Challenge> challenges, Amf amf);

// SQN_MS if MAC-S is authentic for this RAND, with the dummy AMF of zeros; nothing otherwise (TS 33.102 6.3.3, 6.3.5).
// MAC-S is compared in constant time, before anything else is concluded from the AUTS.
std::optional<Sqn> open_auts(hsm::Token& token, const hsm::Key& key, const Rand& rand, const Auts& auts);

// OPc = OP xor E_K(OP) for a key whose companion is not known yet (provisioning only).
hsm::HeapSecret opc_of(hsm::Token& token, const hsm::Key& key, const hsm::Secret<16>& op);

}  // namespace auc

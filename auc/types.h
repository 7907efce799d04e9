// SPDX-License-Identifier: Apache-2.0
// The objects of 3GPP authentication: RAND, AUTN, AUTS, SQN and the vector (TS 33.102 6.3, TS 33.203 6.1).
#pragma once

#include "hsm/secret.h"

#include <array>
#include <cstdint>

namespace auc {

struct Rand {
  std::array<std::uint8_t, 16> octets{};
  bool operator==(const Rand&) const = default;
};

// (SQN xor AK) 6, AMF 2, MAC-A 8.
struct Autn {
  std::array<std::uint8_t, 16> octets{};
};

// (SQN_MS xor AK*) 6, MAC-S 8.
struct Auts {
  std::array<std::uint8_t, 14> octets{};
  bool operator==(const Auts&) const = default;
};

// Bit 0 (0x80 of the first octet) is the separation bit (TS 33.102 Annex H).
struct Amf {
  std::array<std::uint8_t, 2> octets{};
};

// 48 bits: SEQ above, IND in the low ind_bits. SEQ is compared, IND chooses the slot of the card's array.
struct Sqn {
  std::uint64_t value = 0;
  bool operator==(const Sqn&) const = default;
};

struct Xres {
  hsm::Secret<8> octets;
};
struct Ck {
  hsm::Secret<16> octets;
};
struct Ik {
  hsm::Secret<16> octets;
};

// One authentication vector (quintuple). CK, IK and XRES are wiped with it.
struct Vector {
  Rand rand;
  Autn autn;
  Xres xres;
  Ck ck;
  Ik ik;
};

}  // namespace auc

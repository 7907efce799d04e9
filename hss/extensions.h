// SPDX-License-Identifier: Apache-2.0
// How new a document an S-CSCF understands.
#pragma once

#include <cstdint>

namespace hss {

// How much of the document's Extension elements an S-CSCF is sent (User-Data, TS 29.228 Annex B).
enum class Extensions : std::uint8_t {
  full,
  rel7,    // those of the Rel-7 schema; no wildcarded identities
  absent,  // no Extension at all: not even RegistrationType, so that such a trigger matches every REGISTER
};

}  // namespace hss

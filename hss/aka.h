// SPDX-License-Identifier: Apache-2.0
// What every interface has of AKA: names of its scheme, and what a synchronisation failure is reported with.
#pragma once

#include "auc/types.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hss {

// SIP-Authentication-Scheme (TS 29.229 6.3.9); the versions differ only in the UE and in who challenges it.
inline constexpr std::array<std::string_view, 3> aka_scheme_names{"Digest-AKAv1-MD5", "Digest-AKAv2-SHA-256",
                                                                  "Digest-AKAv2-MD5"};
bool names_aka(std::string_view scheme) noexcept;  // without regard to case

// RAND || AUTS, as SIP-Authorization has it (TS 29.229 6.3.11).
inline constexpr std::size_t rand_auts_octets = 16 + 14;
struct Resynchronisation {
  auc::Rand rand;
  auc::Auts auts;
};
// Nothing when there is none, or it has another length.
std::optional<Resynchronisation> resynchronisation_of(const std::optional<std::vector<std::uint8_t>>& authorization);

}  // namespace hss

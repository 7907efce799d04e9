// SPDX-License-Identifier: Apache-2.0
// Features that a peer and this server agree on (TS 29.229 7).
#pragma once

#include <cstdint>

namespace hss {

// Bits of Feature-List in Feature-List-ID 1 (TS 29.229 7.1.1, table 7.1.1).
namespace feature {
inline constexpr std::uint32_t shared_ifc_sets = 1U << 0U;
inline constexpr std::uint32_t alias_indication = 1U << 1U;
inline constexpr std::uint32_t ims_restoration = 1U << 2U;
inline constexpr std::uint32_t p_cscf_restoration = 1U << 3U;
// P-CSCF restoration would need the packet core (S6a or Nudm), which a stand-alone HSS does not reach.
inline constexpr std::uint32_t served = shared_ifc_sets | alias_indication | ims_restoration;
}  // namespace feature

// Supported-Features of a request; a peer that sends none uses nothing newer than Rel-5 (TS 29.229 7.2).
struct SupportedFeatures {
  bool sent = false;                   // then the answer lists feature::served
  std::uint32_t offered = 0;           // of list 1, whether required or not
  std::uint32_t required = 0;          // of list 1, in an AVP with the M bit
  bool requires_unknown_list = false;  // an AVP with the M bit of another list

  [[nodiscard]] bool common(std::uint32_t bit) const noexcept { return (offered & feature::served & bit) != 0; }
  [[nodiscard]] bool are_served() const noexcept {
    return !requires_unknown_list && (required & ~feature::served) == 0;
  }
};

}  // namespace hss

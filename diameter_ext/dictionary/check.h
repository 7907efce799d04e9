// SPDX-License-Identifier: Apache-2.0
// Whether a request obeys its grammar; what does not becomes the failure that RFC 6733 7.1.5 names.
#pragma once

#include "diameter_ext/dictionary/grammar.h"
#include "diameter_ext/message.h"

#include <cstdint>
#include <optional>
#include <span>

namespace diameter_ext {

namespace result {
inline constexpr std::uint32_t command_unsupported = 3001;
inline constexpr std::uint32_t invalid_avp_value = 5004;
inline constexpr std::uint32_t missing_avp = 5005;
inline constexpr std::uint32_t avp_occurs_too_many_times = 5009;
}  // namespace result

// A request that cannot be understood: the base protocol's code and the AVP at fault (RFC 6733 7.1.5, 7.5).
struct DecodeFailure {
  std::uint32_t code = 0;
  AvpHandle* at_fault = nullptr;  // of the request; repeated in Failed-AVP
  std::optional<Avp> missing;     // an example of this one goes into Failed-AVP instead
};

// The first broken rule in the order of the grammar; before that, what is broken inside of groups, in the order of the
// message. Of an AVP that occurs too often the first one too many is at fault; one that is not at its fixed place
// counts as missing.
[[nodiscard]] std::optional<DecodeFailure> check_grammar(const Grammar& grammar, std::span<const GroupRow> groups,
                                                         std::span<const ReceivedAvp> avps);

}  // namespace diameter_ext

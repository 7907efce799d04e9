// SPDX-License-Identifier: Apache-2.0
// How often, how long and of what form an AVP of a request may be; one table, which docs/texts.md explains.
#pragma once

#include "diameter_ext/message.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace diameter_ext {

inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

struct AvpLimit {
  Avp which;
  std::size_t octets;  // of its data, at most
  std::size_t times;   // inside one message or group, at most; any_number: the grammar has the say, or nothing is kept
  bool (*has_form)(std::string_view) noexcept;  // null: any octets
  std::size_t together = any_number;            // octets of all of a message, of a group that comes back
};

[[nodiscard]] std::span<const AvpLimit> avp_limits() noexcept;  // what a group holds is looked at as well
// Null: nobody reads it here, and it does not come back.
[[nodiscard]] const AvpLimit* limit_of(const ReceivedAvp& avp) noexcept;

enum class Breach : std::uint8_t { form_or_length, times };
// Of this AVP by itself, without what it may hold.
[[nodiscard]] std::optional<Breach> breach_of(const ReceivedAvp& avp);

struct FoundBreach {
  Breach breach;
  AvpHandle* at_fault;
};
// The first one, in the order of the message.
[[nodiscard]] std::optional<FoundBreach> breach_among(std::span<const ReceivedAvp> avps);

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// SIP-Auth-Data-Item as far as every application has it: the scheme, what a UE reports, a vector of AKA (TS 29.229
// 6.3.13).
#pragma once

#include "auc/types.h"
#include "diameter_ext/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace diameter_ext {

struct AuthItem {
  std::string scheme_name;
  std::optional<std::vector<std::uint8_t>> authorization;
};

// Of a request; an item without a scheme is a failure.
ReadFailure read_auth_item(const ReceivedAvp& item, AuthItem& into);

// One vector as a further item; `number` is its SIP-Item-Number.
void write_vector(Writer& writer, std::uint32_t number, std::string_view scheme_name, const auc::Vector& vector);

}  // namespace diameter_ext

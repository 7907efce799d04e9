// SPDX-License-Identifier: Apache-2.0
// Names and octets of AKA.
#include "hss/aka.h"

#include <algorithm>

namespace hss {
namespace {

char lower(char c) noexcept { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool names_aka(std::string_view scheme) noexcept {
  return std::ranges::any_of(aka_scheme_names, [&](std::string_view name) {
    return std::ranges::equal(scheme, name, [](char a, char b) { return lower(a) == lower(b); });
  });
}

std::optional<Resynchronisation> resynchronisation_of(const std::optional<std::vector<std::uint8_t>>& authorization) {
  if (!authorization || authorization->size() != rand_auts_octets) {
    return std::nullopt;
  }
  Resynchronisation out;
  const auto auts = authorization->begin() + static_cast<std::ptrdiff_t>(out.rand.octets.size());
  std::copy(authorization->begin(), auts, out.rand.octets.begin());
  std::copy(auts, authorization->end(), out.auts.octets.begin());
  return out;
}

}  // namespace hss

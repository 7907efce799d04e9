// SPDX-License-Identifier: Apache-2.0
// From code and vendor to the row: one array a vendor, by code.
#include "diameter_ext/dictionary/avps.h"

namespace diameter_ext {
namespace {

constexpr std::size_t codes = 1 + std::ranges::max(table::avps, {}, &AvpRow::code).code;
using Places = std::array<Avp, codes>;

// Two rows of one code and vendor do not compile.
consteval Places places_of(std::uint32_t vendor) {
  Places out{};
  out.fill(unknown_avp);
  for (std::size_t i = 0; i < avp_count; ++i) {
    const AvpRow& row = table::avps.at(i);
    if (row.vendor == vendor) {
      Avp& place = out.at(row.code);
      place = place == unknown_avp ? static_cast<Avp>(i) : throw row.code;
    }
  }
  return out;
}

struct VendorPlaces {
  std::uint32_t vendor;
  Places places;
};
constexpr std::array by_vendor{VendorPlaces{vendor::base, places_of(vendor::base)},
                               VendorPlaces{vendor::v3gpp, places_of(vendor::v3gpp)},
                               VendorPlaces{vendor::etsi, places_of(vendor::etsi)}};

}  // namespace

Avp find_avp(std::uint32_t code, std::uint32_t vendor) noexcept {
  if (code >= codes) {
    return unknown_avp;
  }
  for (const VendorPlaces& one : by_vendor) {
    if (one.vendor == vendor) {
      return one.places[code];
    }
  }
  return unknown_avp;
}

}  // namespace diameter_ext

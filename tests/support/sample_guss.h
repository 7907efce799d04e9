// SPDX-License-Identifier: Apache-2.0
// User security settings that unit tests and the judges of tests/unit_py render.
#pragma once

#include "hss/zh/guss.h"

#include <map>

namespace support {

// By name: what provisioning allows, from nothing to the most of everything.
inline std::map<std::string, hss::zh::UserSecuritySettings> sample_guss() {
  using hss::zh::UiccType;
  const hss::zh::UserSecuritySetting portal{1, 1, {}, {1, 2}, {"sip:alice@home.example.net"}};
  const hss::zh::UserSecuritySetting proxy{
      2, 2, "ut", {}, {"tel:+12025550101", "sip:alice@home.example.net", "sip:a@home.example.net"}};
  const hss::zh::UserSecuritySetting hard{2147483647, 2147483647, "<&\"'>", {2147483647}, {"Zoë <&\"'> 😀", " "}};
  const std::string impi = "alice@home.example.net";
  return {{"bare", {impi, {}, {}, {}}},
          {"lifetime", {impi, {}, 86400, {}}},
          {"card", {impi, UiccType::gba_u, {}, {portal}}},
          {"usual", {impi, UiccType::gba, 3600, {portal, proxy}}},
          {"hard", {"o'neil&co@home.example.net", {}, 2147483647, {hard}}}};
}

// As long as the schema lets settings be (guss_fits_into_an_answer): all octets are escaped.
inline hss::zh::UserSecuritySettings longest_guss() {
  hss::zh::UserSecuritySettings out{std::string(243, '&') + "@example.net", hss::zh::UiccType::gba_u, 2147483647, {}};
  for (std::int32_t number = 0; number < 64; ++number) {
    out.settings.push_back(
        {2147483647 - number, 2147483647, std::string(16, '"'), {2147483647}, {std::string(76, '&')}});
  }
  return out;
}

}  // namespace support

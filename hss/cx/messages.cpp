// SPDX-License-Identifier: Apache-2.0
// Names of authentication schemes on the wire, and what family each belongs to.
#include "hss/cx/messages.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hss {
namespace {

struct SchemeName {
  std::string_view name;
  Scheme scheme;
};

// TS 29.229 6.3.9, the usual name of each family first, and the de-facto names of Kamailio, Clearwater, Oracle and
// older S-CSCFs. Digest-MD5 is not among them: whoever asks for it looks for other AVPs than SIP-Digest-Authenticate in
// the answer, finds none and challenges the UE for ever.
constexpr std::array<SchemeName, 9> scheme_names{{
    {aka_scheme_names[0], Scheme::aka},
    {aka_scheme_names[1], Scheme::aka},
    {aka_scheme_names[2], Scheme::aka},
    {"SIP Digest", Scheme::sip_digest},
    {"SIP_DIGEST", Scheme::sip_digest},
    {"Digest", Scheme::sip_digest},
    {"NASS-Bundled", Scheme::nass_bundled},
    {"Early-IMS-Security", Scheme::giba},
    {"Unknown", Scheme::unknown},
}};

char lower(char c) noexcept { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Scheme scheme_of(std::string_view wire_name) noexcept {
  for (const SchemeName& row : scheme_names) {
    if (equal_no_case(wire_name, row.name)) {
      return row.scheme;
    }
  }
  return Scheme::unsupported;
}

std::string_view name(Scheme scheme) noexcept {
  for (const SchemeName& row : scheme_names) {
    if (row.scheme == scheme) {
      return row.name;
    }
  }
  return {};
}

}  // namespace hss

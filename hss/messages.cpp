// Names of authentication schemes on the wire, and what family each belongs to.
#include "hss/messages.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hss {
namespace {

struct SchemeName {
  std::string_view name;
  Scheme scheme;
};

// TS 29.229 6.3.9, the usual name of each family first, and the de-facto names of Kamailio, Clearwater and older
// S-CSCFs.
constexpr std::array<SchemeName, 9> scheme_names{{
    {"Digest-AKAv1-MD5", Scheme::aka},
    {"Digest-AKAv2-SHA-256", Scheme::aka},
    {"Digest-AKAv2-MD5", Scheme::aka},
    {"SIP Digest", Scheme::sip_digest},
    {"Digest-MD5", Scheme::sip_digest},
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
  return Scheme::unheard_of;
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

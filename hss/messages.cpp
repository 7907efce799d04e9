// Names of authentication schemes on the wire, and what family each belongs to.
#include "hss/messages.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hss {
namespace {

struct SchemeName {
  std::string_view name;  // lower case
  Scheme scheme;
};

// TS 29.229 6.3.9 and the de-facto names of Kamailio, Clearwater and older S-CSCFs.
constexpr std::array<SchemeName, 9> scheme_names{{
    {"digest-akav1-md5", Scheme::aka},
    {"digest-akav2-sha-256", Scheme::aka},
    {"digest-akav2-md5", Scheme::aka},
    {"sip digest", Scheme::sip_digest},
    {"digest-md5", Scheme::sip_digest},
    {"digest", Scheme::sip_digest},
    {"nass-bundled", Scheme::nass_bundled},
    {"early-ims-security", Scheme::giba},
    {"unknown", Scheme::unknown},
}};

bool equal_no_case(std::string_view text, std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char t, char l) {
    return l == ((t >= 'A' && t <= 'Z') ? static_cast<char>(t - 'A' + 'a') : t);
  });
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

}  // namespace hss

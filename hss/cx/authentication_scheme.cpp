// SPDX-License-Identifier: Apache-2.0
// Schemes against what is provisioned.
#include "hss/cx/authentication_scheme.h"

#include <algorithm>

namespace hss {

std::optional<Scheme> resolve_scheme(Scheme asked, const std::vector<Scheme>& allowed, bool unknown_for_all) {
  if (asked != Scheme::unknown) {
    const bool provisioned = std::find(allowed.begin(), allowed.end(), asked) != allowed.end();
    return provisioned ? std::optional(asked) : std::nullopt;
  }
  if (allowed.empty()) {
    return std::nullopt;
  }
  const Scheme own = allowed.front();
  const bool in_the_standard = own == Scheme::sip_digest || own == Scheme::nass_bundled;
  return in_the_standard || unknown_for_all ? std::optional(own) : std::nullopt;
}

// A scheme whose static data are missing is not provisioned, whatever the list of the IMPI says: 5006. An address of
// the access network comes and goes; while there is none, the scheme is supported and the request cannot be met: 5012,
// as TS 29.228 6.3.1 has it for what it does not specify.
Outcome check_scheme_data(Scheme scheme, const SchemeData* data) {
  switch (scheme) {
    case Scheme::sip_digest:
      return data != nullptr && data->digest ? Outcome::success : Outcome::auth_scheme_not_supported;
    case Scheme::nass_bundled:
      return data != nullptr && !data->lines.empty() ? Outcome::success : Outcome::auth_scheme_not_supported;
    case Scheme::giba:
      return data != nullptr && data->address ? Outcome::success : Outcome::unable_to_comply;
    default:
      return Outcome::success;
  }
}

MultimediaAuthAnswer bundled_answer(const MultimediaAuthRequest& request, Scheme scheme, const SchemeData& data) {
  MultimediaAuthAnswer answer;
  answer.outcome = Outcome::success;
  answer.scheme_name = answered_name(request.scheme_name, scheme);
  if (scheme == Scheme::nass_bundled) {
    answer.lines = data.lines;
  } else {
    answer.address = data.address;
  }
  return answer;
}

std::string answered_name(std::string_view asked, Scheme scheme) {
  return std::string(scheme_of(asked) == Scheme::unknown ? name(scheme) : asked);
}

}  // namespace hss

// Every way a Cx procedure ends, and the code that tells the peer so (TS 29.229 6.2, RFC 6733 7.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hss {

enum class Outcome : std::uint8_t {
  success,
  user_unknown,
  identities_dont_match,
  auth_scheme_not_supported,
  invalid_authorization,      // SIP-Authorization is not RAND || AUTS
  authorization_not_allowed,  // SIP-Authorization with a scheme that knows none
  authorization_rejected,     // this peer may not send this request
  too_busy,                   // shed: the queue is full, the request is too old, or the answer would come too late
  unable_to_comply,
};

struct OutcomeCode {
  Outcome outcome;
  std::uint32_t vendor;  // 0: Result-Code; otherwise Experimental-Result of this vendor
  std::uint32_t code;
  std::uint32_t failed_avp;  // code of the 3GPP AVP that Failed-AVP repeats; 0: none
  std::string_view name;
};

inline constexpr std::uint32_t vendor_3gpp = 10415;

inline constexpr std::array<OutcomeCode, 9> outcome_codes{{
    {Outcome::success, 0, 2001, 0, "success"},
    {Outcome::user_unknown, vendor_3gpp, 5001, 0, "user_unknown"},
    {Outcome::identities_dont_match, vendor_3gpp, 5002, 0, "identities_dont_match"},
    {Outcome::auth_scheme_not_supported, vendor_3gpp, 5006, 0, "auth_scheme_not_supported"},
    {Outcome::invalid_authorization, 0, 5004, 610, "invalid_avp_value"},
    {Outcome::authorization_not_allowed, 0, 5008, 610, "avp_not_allowed"},
    {Outcome::authorization_rejected, 0, 5003, 0, "authorization_rejected"},
    {Outcome::too_busy, 0, 3004, 0, "too_busy"},
    {Outcome::unable_to_comply, 0, 5012, 0, "unable_to_comply"},
}};

constexpr const OutcomeCode& code_of(Outcome outcome) { return outcome_codes[static_cast<std::size_t>(outcome)]; }

}  // namespace hss

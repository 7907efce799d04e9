// SPDX-License-Identifier: Apache-2.0
// Every way a procedure ends, and the code that tells the peer so (TS 29.229 6.2, TS 29.109 6.2, RFC 6733 7.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hss {

enum class Outcome : std::uint8_t {
  success,
  first_registration,       // no S-CSCF is assigned yet
  subsequent_registration,  // one is, and named
  unregistered_service,     // not registered, but there are services for that
  server_name_not_stored,   // deregistered, and the S-CSCF is not kept
  user_unknown,
  identities_dont_match,
  identity_not_registered,
  roaming_not_allowed,
  identity_already_registered,  // another S-CSCF is assigned
  auth_scheme_not_supported,
  in_assignment_type,  // the type does not fit the identity or its state, or restoration data are returned
  feature_not_supported,
  serving_node_feature_not_supported,
  identity_unknown,
  not_authorized,             // no GBA for this user
  invalid_authorization,      // SIP-Authorization is not RAND || AUTS
  authorization_not_allowed,  // SIP-Authorization with a scheme that knows none
  too_many_identities,        // Public-Identity more than once where the type takes one
  missing_identity,           // Public-Identity is absent where the type needs it
  missing_user_name,          // User-Name is absent where the type needs it
  authorization_rejected,     // this user may not register, or this peer may not send this request
  too_busy,                   // shed: the queue is full, the request is too old, or the answer would come too late
  unable_to_comply,
  out_of_service,  // an outage that does not pass by itself; like too_busy not about the subscriber
};

// What of the request an outcome is about.
enum class Subject : std::uint8_t { nothing, user_name, public_identity, authorization };

struct OutcomeCode {
  Outcome outcome;
  std::uint32_t vendor;  // 0: Result-Code; otherwise Experimental-Result of this vendor
  std::uint32_t code;
  Subject subject;  // that Failed-AVP repeats, or gives an example of if it is absent
  std::string_view name;
};

inline constexpr std::uint32_t vendor_3gpp = 10415;

// table: TS 29.229 6.2, TS 29.109 6.2, RFC 6733 7.1
inline constexpr std::array<OutcomeCode, 25> outcome_codes{{
    {Outcome::success, 0, 2001, Subject::nothing, "success"},
    {Outcome::first_registration, vendor_3gpp, 2001, Subject::nothing, "first_registration"},
    {Outcome::subsequent_registration, vendor_3gpp, 2002, Subject::nothing, "subsequent_registration"},
    {Outcome::unregistered_service, vendor_3gpp, 2003, Subject::nothing, "unregistered_service"},
    {Outcome::server_name_not_stored, vendor_3gpp, 2004, Subject::nothing, "server_name_not_stored"},
    {Outcome::user_unknown, vendor_3gpp, 5001, Subject::nothing, "user_unknown"},
    {Outcome::identities_dont_match, vendor_3gpp, 5002, Subject::nothing, "identities_dont_match"},
    {Outcome::identity_not_registered, vendor_3gpp, 5003, Subject::nothing, "identity_not_registered"},
    {Outcome::roaming_not_allowed, vendor_3gpp, 5004, Subject::nothing, "roaming_not_allowed"},
    {Outcome::identity_already_registered, vendor_3gpp, 5005, Subject::nothing, "identity_already_registered"},
    {Outcome::auth_scheme_not_supported, vendor_3gpp, 5006, Subject::nothing, "auth_scheme_not_supported"},
    {Outcome::in_assignment_type, vendor_3gpp, 5007, Subject::nothing, "in_assignment_type"},
    {Outcome::feature_not_supported, vendor_3gpp, 5011, Subject::nothing, "feature_not_supported"},
    {Outcome::serving_node_feature_not_supported, vendor_3gpp, 5012, Subject::nothing,
     "serving_node_feature_not_supported"},
    {Outcome::identity_unknown, vendor_3gpp, 5401, Subject::nothing, "identity_unknown"},
    {Outcome::not_authorized, vendor_3gpp, 5402, Subject::nothing, "not_authorized"},
    {Outcome::invalid_authorization, 0, 5004, Subject::authorization, "invalid_avp_value"},
    {Outcome::authorization_not_allowed, 0, 5008, Subject::authorization, "avp_not_allowed"},
    {Outcome::too_many_identities, 0, 5009, Subject::public_identity, "avp_occurs_too_many_times"},
    {Outcome::missing_identity, 0, 5005, Subject::public_identity, "missing_avp"},
    {Outcome::missing_user_name, 0, 5005, Subject::user_name, "missing_avp"},
    {Outcome::authorization_rejected, 0, 5003, Subject::nothing, "authorization_rejected"},
    {Outcome::too_busy, 0, 3004, Subject::nothing, "too_busy"},
    {Outcome::unable_to_comply, 0, 5012, Subject::nothing, "unable_to_comply"},
    {Outcome::out_of_service, 0, 5012, Subject::nothing, "out_of_service"},
}};

// The first outcome of this name.
constexpr std::optional<Outcome> outcome_named(std::string_view name) {
  for (const OutcomeCode& row : outcome_codes) {
    if (row.name == name) {
      return row.outcome;
    }
  }
  return std::nullopt;
}

constexpr const OutcomeCode& code_of(Outcome outcome) { return outcome_codes[static_cast<std::size_t>(outcome)]; }

}  // namespace hss

// Cx requests and answers as plain values; validated octets in, no AVP and no SQL.
#pragma once

#include "auc/types.h"
#include "hss/outcome.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss {

// Who asks: Origin-Host and Origin-Realm, lower case.
struct Requester {
  std::string host;
  std::string realm;
};

// Families of SIP-Authentication-Scheme (TS 29.229 6.3.9); the AKA versions differ only in the UE and the S-CSCF.
enum class Scheme : std::uint8_t { aka, sip_digest, nass_bundled, giba, unknown, unheard_of };

Scheme scheme_of(std::string_view wire_name) noexcept;  // compares without regard to case

// Multimedia-Auth, TS 29.228 6.3. Text is valid UTF-8 without NUL; identities are canonical (hss/identity.h).
struct MultimediaAuthRequest {
  std::string impi;
  std::string impu;
  std::string server_name;  // S-CSCF name, a SIP URI
  Requester requester;
  std::string scheme_name;  // as on the wire, echoed in the items
  std::uint32_t items = 1;  // SIP-Number-Auth-Items; 0 counts as 1
  std::optional<std::vector<std::uint8_t>>
      authorization;  // SIP-Authorization: RAND || AUTS after a failed synchronisation
};

struct MultimediaAuthAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  std::string scheme_name;           // of every item
  std::vector<auc::Vector> vectors;  // in SQN order; empty unless success
};

}  // namespace hss

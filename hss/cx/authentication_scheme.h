// SPDX-License-Identifier: Apache-2.0
// Which scheme a Multimedia-Auth gets, what the subscriber must have for it and what it is called (TS 29.228 6.3.1).
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/cx/messages.h"
#include "hss/outcome.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss {

// Step 4: the scheme asked for, if the IMPI may use it; for Unknown the first of its own. Nothing: not supported.
// TS 29.228 answers Unknown for SIP Digest and NASS-Bundled alone; most HSSs and S-CSCFs know it for any scheme, and so
// does this one if `unknown_for_all`.
std::optional<Scheme> resolve_scheme(Scheme asked, const std::vector<Scheme>& allowed, bool unknown_for_all);

// Step 4: what the scheme needs of the subscriber is there; `data` may be null.
Outcome check_scheme_data(Scheme scheme, const SchemeData* data);

// Step 5: the bundled schemes authenticate at once, so no further request of the UE is waited for.
constexpr bool waits_for_response(Scheme scheme) noexcept {
  return scheme != Scheme::nass_bundled && scheme != Scheme::giba;
}

// Whether a request that asks for this costs the token anything. What Unknown stands for is seen only in the database.
constexpr bool needs_token(Scheme asked) noexcept { return asked != Scheme::nass_bundled && asked != Scheme::giba; }

// SIP-Authentication-Scheme of the items: as asked; who asked for Unknown learns the user's own.
std::string answered_name(std::string_view asked, Scheme scheme);

// The success of a bundled scheme, whose data are there (TS 33.203 Annex R, Annex T).
MultimediaAuthAnswer bundled_answer(const MultimediaAuthRequest& request, Scheme scheme, const SchemeData& data);

}  // namespace hss

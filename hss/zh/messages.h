// SPDX-License-Identifier: Apache-2.0
// Requests and answers of Zh as plain values (TS 29.109 4.2).
#pragma once

#include "auc/types.h"
#include "hss/outcome.h"
#include "hss/requester.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hss::zh {

struct MultimediaAuthRequest {
  std::string impi;                                        // User-Name, canonical; empty: not sent
  std::string impu;                                        // Public-Identity, canonical; empty: not sent
  std::optional<std::string> scheme_name;                  // as sent; nothing: AKA is meant
  std::optional<std::vector<std::uint8_t>> authorization;  // RAND || AUTS after a synchronisation failure
  std::optional<std::uint32_t> guss_timestamp;             // of the settings that the BSF has; seconds since 1900
  Requester requester;
};

// GBA-UserSecSettings, and when they changed last.
struct ToldSettings {
  std::string document;
  std::uint32_t changed_at = 0;  // seconds since 1900
};

struct MultimediaAuthAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  // Of a success alone:
  std::string scheme_name;
  std::optional<auc::Vector> vector;
  std::optional<ToldSettings> settings;  // nothing: there are none, or the BSF has them
};

}  // namespace hss::zh

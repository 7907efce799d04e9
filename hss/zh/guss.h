// SPDX-License-Identifier: Apache-2.0
// GBA user security settings (GUSS) as plain rows, and the XML text that GBA-UserSecSettings carries (TS 29.109 Annex
// A).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss::zh {

// All text is UTF-8 without control characters, and all together fit into an answer; the schema refuses anything else.
// An optional that is empty is an element or attribute that the document leaves out.

// What derives the keys of a NAF: the terminal, or the card itself (GBA_U).
enum class UiccType : std::uint8_t { gba, gba_u };

// What one service may know and do: a uss element.
struct UserSecuritySetting {
  std::int32_t gsid = 0;  // GAA Service Identifier, not negative
  std::int32_t type = 0;  // GAA service type, not negative
  std::optional<std::string> naf_group;
  std::vector<std::int32_t> flags;  // positive
  std::vector<std::string> uids;    // at least one, in the order of the document
};

struct UserSecuritySettings {
  std::string impi;
  std::optional<UiccType> uicc_type;
  std::optional<std::int32_t> key_lifetime;  // seconds, positive
  std::vector<UserSecuritySetting> settings;
};

// Pure: the same rows give the same octets. With an empty name space the elements are in none.
std::string render_guss(const UserSecuritySettings& guss, std::string_view name_space);

}  // namespace hss::zh

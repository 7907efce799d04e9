// SPDX-License-Identifier: Apache-2.0
// Rows of credentials: the number state of a K, whichever interface asks for it.
#pragma once

#include "auc/sqn.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hss {

// An index into a vector of rows that points at none.
inline constexpr std::size_t none = static_cast<std::size_t>(-1);

// A challenge that "authentication pending" of this association waits for.
struct AskedChallenge {
  std::uint64_t seq = 0;
  std::int64_t impi_id = 0;
  std::int64_t set_id = 0;
};

// What has to be told before lower numbers can be written.
struct TakenReturn {
  std::uint64_t seq = 0;
  std::vector<std::uint8_t> nonce;
  std::string credential;
};

// Number state of one K, whatever credentials name it.
struct CredentialRow {
  std::int64_t id = 0;
  std::vector<std::uint8_t> fingerprint;  // of K
  auc::SqnState sqn;
  std::optional<std::chrono::sys_seconds> resync_since;
  std::uint32_t resync_count = 0;
  std::uint64_t card_seq = 0;  // that the card is known to have reached
  std::optional<AskedChallenge> asked;
  std::vector<std::uint8_t> return_nonce;  // an operator lets the card return to a far lower SEQ; empty: nobody does
  std::optional<TakenReturn> returned;     // it just did
  bool changed = false;                    // SEQ or IND
  bool rest_changed = false;               // anything else of it
};

}  // namespace hss

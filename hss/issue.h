// SPDX-License-Identifier: Apache-2.0
// Sequence numbers of a credential for any interface, with the AUTS that may come before them (TS 33.102 6.3.5 and
// Annex C). Pure: rows in, rows out.
#pragma once

#include "auc/sqn.h"
#include "auc/types.h"
#include "hsm/token.h"
#include "hss/credential.h"
#include "hss/number_budget.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace hss {

// Operator's choice, the same in all processes on one database.
struct NumberPolicy {
  auc::SqnPolicy sqn;
  std::uint32_t resync_limit = 10;  // authentic AUTS of one K that are acted on in each window
  std::chrono::seconds resync_window{60};
  std::uint64_t lead_jump = 0;  // auc::SqnInputs
};

// What the token said of an AUTS before the transaction: which key was used and, if MAC-S is authentic, SQN_MS.
struct CheckedAuts {
  std::shared_ptr<const hsm::KeyReference> key;
  std::optional<auc::Sqn> sqn_ms;
};

// An AUTS that came with an order. Without a check it counts as checked with another key.
struct ReportedAuts {
  std::optional<CheckedAuts> checked;
  auc::Rand rand;                                    // of the challenge that it answers
  std::shared_ptr<const hsm::KeyReference> key_now;  // of the credential, as read in this transaction; never null
};

// What an interface wants of one credential.
struct NumberOrder {
  auc::Domain domain = auc::Domain::ims;
  std::size_t count = 1;       // at least one; the caller sets the bound
  std::string_view requester;  // Origin-Host, for the budget; has to outlive the call
  std::optional<ReportedAuts> auts;
};

// What comes from outside with every order.
struct NumberInputs {
  std::uint64_t seq_lead = 0;  // the global lead, read with the row
  std::chrono::sys_time<std::chrono::milliseconds> now;
  NumberBudget* budget = nullptr;  // of this process; null: there is no limit
  NumberBudget::Time budget_time{};
};
// By the clocks of this moment.
NumberInputs inputs_now(NumberBudget* budget);

// What became of an AUTS; anything but unused is worth a log line and a counter.
enum class ResyncNote : std::uint8_t {
  unused,
  kept,
  raised,
  returned,  // down, as an operator has armed it
  forged,
  refused_downwards,
  rate_limited,
  key_changed
};
std::string_view name(ResyncNote note) noexcept;
// Whether numbers may be issued after it.
constexpr bool goes_on(ResyncNote note) noexcept {
  return note == ResyncNote::unused || note == ResyncNote::kept || note == ResyncNote::raised ||
         note == ResyncNote::returned;
}

struct IssuedNumbers {
  std::vector<auc::Sqn> sqns;  // ascending, of one IND; they may leave the process when the row is durable
  ResyncNote resync = ResyncNote::unused;
  bool over_budget = false;              // this peer has taken too many numbers of this K
  std::vector<std::uint8_t> rand_nonce;  // not empty: RANDs have to be proved with it (hss/proved_rand.h)

  [[nodiscard]] bool empty() const noexcept { return sqns.empty(); }
  // Refused with all that it takes to be served: the domain is not served, or SEQ is at its ceiling.
  [[nodiscard]] bool is_at_ceiling() const noexcept { return empty() && goes_on(resync) && !over_budget; }
};

// Judges the AUTS and takes the numbers; marks in the row, which is locked, what has to be written. When nothing is
// issued, what an authentic AUTS changed stays to be written, except at the ceiling.
IssuedNumbers issue(CredentialRow& credential, const NumberOrder& order, const NumberPolicy& policy,
                    const NumberInputs& inputs);

}  // namespace hss

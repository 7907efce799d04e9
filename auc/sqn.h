// SPDX-License-Identifier: Apache-2.0
// Sequence numbers: SEQ and IND, index ranges per service domain, generation profiles, judging a resynchronisation.
// TS 33.102 Annex C (generation), TS 33.203 Annex G (ranges per domain). Pure: the clock comes in.
#pragma once

#include "auc/types.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auc {

inline constexpr unsigned seq_bits = 43;
inline constexpr std::uint64_t seq_delta = std::uint64_t{1} << 28;  // Delta of Annex C.3: the largest leap a card takes
inline constexpr std::uint64_t seq_ceiling = (std::uint64_t{1} << seq_bits) - 1 - seq_delta;  // the last SEQ issued

enum class Domain : std::uint8_t { ps, cs, ims, eps, wlan, gba };
inline constexpr std::size_t domain_count = 6;
std::string_view name(Domain domain) noexcept;  // "ps", "cs", ...
std::optional<Domain> domain_of(std::string_view name) noexcept;

struct IndRange {
  std::uint8_t low = 0;
  std::uint8_t high = 0;  // inclusive
};

enum class Profile : std::uint8_t {
  counter,      // Annex C.3.2: SEQ + 1
  partly_time,  // Annex C.3.1: SEQ1 || clock in seconds, 24 bits, D = 2^16
  time,         // Annex C.3.3: clock in tenths of a second plus an offset of the credential
};
std::string_view name(Profile profile) noexcept;
std::optional<Profile> profile_of(std::string_view name) noexcept;

// Operator's choice, the same in all processes on one database.
struct SqnPolicy {
  Profile profile = Profile::counter;
  unsigned ind_bits = 5;  // 5 of TS 33.102 C.3; the card's array has 2^ind_bits slots
  // By Domain. An empty optional: this AuC does not serve that domain (another AuC on the same card may).
  std::array<std::optional<IndRange>, domain_count> ranges{};
};

// The six-domain default: PS 0-7, CS 8-15, IMS 16-23, EPS 24-27, WLAN 28-29, GBA 30-31.
SqnPolicy default_policy();

// Nothing, or a sentence that names the domains at fault: range outside 0..2^ind_bits-1, reversed, overlapping.
std::optional<std::string> fault_in(const SqnPolicy& policy);

// In one line, to compare nodes by.
std::string describe(const SqnPolicy& policy);

// State of one K, shared by every credential, IMPI and IMSI that refers to it.
struct SqnState {
  std::uint64_t seq = 0;                       // last SEQ issued or learnt
  std::uint64_t lead = 0;                      // the global lead that `seq` already contains
  std::uint64_t raised_lead = 0;               // the global lead when an AUTS last raised `seq`, or the state began
  std::optional<std::int64_t> clock_offset{};  // profile time only: SEQ - clock
  std::array<std::optional<std::uint8_t>, domain_count> last_ind{};
  bool operator==(const SqnState&) const = default;
};

// What comes from outside with every decision.
struct SqnInputs {
  std::uint64_t lead = 0;         // the global SEQ lead in force (docs/architecture.md, lost commits)
  std::uint64_t unix_tenths = 0;  // clock, tenths of a second since 1970
  std::uint64_t lead_jump = 0;    // by how much the lead grows when numbers may have been lost
};

// The last SEQ that may be issued with an IND of this length.
std::uint64_t ceiling(const SqnPolicy& policy) noexcept;
// The last SEQ issued, with what it still owes to the global lead. A sum beyond 64 bits stays at their end.
std::uint64_t seq_with_lead(const SqnState& state, std::uint64_t lead) noexcept;

// `count` SQNs, ascending, one IND for all (Annex C: vectors of a batch share an index). Changes the state.
// Nothing, and the state unchanged, when the SEQ ceiling would be passed or the domain is not served.
std::optional<std::vector<Sqn>> issue(SqnState& state, const SqnPolicy& policy, Domain domain, std::size_t count,
                                      const SqnInputs& inputs);

enum class Resync : std::uint8_t {
  kept,     // the next SEQ would be accepted by the card as it is: state unchanged
  raised,   // state moved up to SEQ_MS, and past what was lost above it
  refused,  // would have to go down by more than Delta (never by itself), or SEQ_MS is above the ceiling: unchanged
};

// TS 33.102 6.3.5 with an authentic SQN_MS. Upwards only; the IND of SQN_MS is not adopted. When the lead has grown
// since SEQ was last raised, the database has lost more numbers than the leap made good, or the card would not be
// ahead: some of them may lie above SEQ_MS, so SEQ becomes SEQ_MS + lead_jump, once.
Resync resynchronise(SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs);

// Whether SEQ with its lead is so far above SEQ_MS that the card can take nothing that goes up (TS 33.102 C.2.1).
bool is_out_of_reach(const SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs);
// The only way down, for a card that is out of reach and was let back by an operator.
void go_back(SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs);

inline std::uint64_t seq_of(Sqn sqn, unsigned ind_bits) noexcept { return sqn.value >> ind_bits; }
inline std::uint8_t ind_of(Sqn sqn, unsigned ind_bits) noexcept {
  return static_cast<std::uint8_t>(sqn.value & ((1U << ind_bits) - 1U));
}

}  // namespace auc

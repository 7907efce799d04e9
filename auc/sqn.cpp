// SPDX-License-Identifier: Apache-2.0
// Generates SQNs by the three profiles of TS 33.102 Annex C and judges what an AUTS says about them.
#include "auc/sqn.h"

#include <algorithm>
#include <utility>

namespace auc {
namespace {

constexpr unsigned sqn_bits = 48;
constexpr unsigned most_ind_bits = 8;  // an IND is kept in one octet

// TS 33.102 C.1.1.1 with the values of C.3.1; the clock counts seconds.
constexpr unsigned seq2_bits = 24;
constexpr std::uint64_t clock_period = std::uint64_t{1} << seq2_bits;  // p
constexpr std::uint64_t clock_lead = std::uint64_t{1} << 16;           // D: how far SEQ may run ahead of the clock

// Profile time: SEQ and its clock are coupled again when they have parted by more (about half a year).
constexpr std::int64_t most_parting = std::int64_t{seq_delta / 2};

constexpr std::array<std::string_view, domain_count> domain_names{"ps", "cs", "ims", "eps", "wlan", "gba"};
constexpr std::array<std::string_view, 3> profile_names{"counter", "partly_time", "time"};

template <typename Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());  // the table is in the order of the enumerators
}

// Brings the global lead into SEQ.
void take_lead(SqnState& state, std::uint64_t lead) noexcept {
  state.seq = seq_with_lead(state, lead);
  state.lead = std::max(state.lead, lead);
}

// TS 33.102 C.1.1.1: follows the clock, but never repeats when it stands still, goes back or wraps.
std::uint64_t partly_timed(std::uint64_t seq, std::uint64_t unix_tenths) noexcept {
  const std::uint64_t clock = unix_tenths / 10 % clock_period;  // GLC
  const std::uint64_t seq2 = seq % clock_period;
  const std::uint64_t start = seq - seq2;  // SEQ1 || 0
  if (seq2 < clock && clock < seq2 + clock_period - clock_lead + 1) return start + clock;
  if (clock + clock_lead - 1 < seq2) return start + clock_period + clock;
  return seq + 1;
}

// The clock starts where SEQ stands: a card knows nothing of 1970, and a leap from 0 would exceed its Delta.
void couple(SqnState& state, std::uint64_t unix_tenths) noexcept {
  state.clock_offset = static_cast<std::int64_t>(state.seq - unix_tenths);  // modulo 2^64, undone by the addition below
}

// TS 33.102 C.1.1.3. A card dormant for so long that the clock's leap could exceed its Delta is coupled again.
std::uint64_t timed(SqnState& state, std::uint64_t unix_tenths) noexcept {
  if (!state.clock_offset) couple(state, unix_tenths);
  const std::uint64_t at_clock = unix_tenths + static_cast<std::uint64_t>(*state.clock_offset);
  const auto ahead = static_cast<std::int64_t>(at_clock - state.seq);
  if (ahead < -most_parting || ahead > most_parting) couple(state, unix_tenths);
  return ahead > 0 && ahead <= most_parting ? at_clock : state.seq;
}

// Moves SEQ to its next value: always above the last one, whatever the clock says.
void advance(SqnState& state, Profile profile, std::uint64_t unix_tenths) noexcept {
  std::uint64_t next = 0;
  if (profile == Profile::partly_time) next = partly_timed(state.seq, unix_tenths);
  if (profile == Profile::time) next = timed(state, unix_tenths);
  state.seq = std::max({next, state.seq, state.seq + 1});  // SEQ itself counts only where SEQ + 1 is past 64 bits
}

// Cyclic inside the range; a last value outside of it is from before a reconfiguration.
std::uint8_t next_ind(std::optional<std::uint8_t> last, IndRange range) noexcept {
  if (!last || *last < range.low || *last >= range.high) return range.low;
  return static_cast<std::uint8_t>(*last + 1);
}

std::string text(Domain domain, IndRange range) {
  return std::string(name(domain)) + " (" + std::to_string(range.low) + "-" + std::to_string(range.high) + ")";
}

std::optional<std::string> fault_in_range(Domain domain, IndRange range, unsigned ind_bits) {
  const unsigned last = (1U << ind_bits) - 1U;
  if (range.low > range.high) return "index range of " + text(domain, range) + " ends before it begins";
  if (range.high > last) {
    return "index range of " + text(domain, range) + " is not inside 0-" + std::to_string(last);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Domain domain) noexcept { return domain_names[static_cast<std::size_t>(domain)]; }
std::string_view name(Profile profile) noexcept { return profile_names[static_cast<std::size_t>(profile)]; }
std::optional<Domain> domain_of(std::string_view name) noexcept { return named<Domain>(domain_names, name); }
std::optional<Profile> profile_of(std::string_view name) noexcept { return named<Profile>(profile_names, name); }

SqnPolicy default_policy() {
  SqnPolicy policy;
  policy.ranges = {IndRange{0, 7},   IndRange{8, 15},  IndRange{16, 23},
                   IndRange{24, 27}, IndRange{28, 29}, IndRange{30, 31}};
  return policy;
}

std::optional<std::string> fault_in(const SqnPolicy& policy) {
  if (policy.ind_bits > most_ind_bits) {
    return "an index of " + std::to_string(policy.ind_bits) + " bits is longer than " + std::to_string(most_ind_bits);
  }
  for (std::size_t i = 0; i < domain_count; ++i) {
    if (!policy.ranges[i]) continue;
    const Domain domain{static_cast<std::uint8_t>(i)};
    const IndRange range = *policy.ranges[i];
    if (auto fault = fault_in_range(domain, range, policy.ind_bits)) return fault;
    for (std::size_t j = 0; j < i; ++j) {
      const auto& other = policy.ranges[j];
      if (!other || other->high < range.low || range.high < other->low) continue;
      const Domain earlier{static_cast<std::uint8_t>(j)};
      return "index ranges of " + text(earlier, *other) + " and " + text(domain, range) + " overlap";
    }
  }
  return std::nullopt;
}

std::string describe(const SqnPolicy& policy) {
  std::string out = std::string(name(policy.profile)) + ", IND of " + std::to_string(policy.ind_bits) + " bits";
  for (std::size_t i = 0; i < domain_count; ++i) {
    if (policy.ranges[i]) out += ", " + text(Domain{static_cast<std::uint8_t>(i)}, *policy.ranges[i]);
  }
  return out;
}

std::uint64_t ceiling(const SqnPolicy& policy) noexcept {
  return std::min(seq_ceiling, (std::uint64_t{1} << (sqn_bits - policy.ind_bits)) - 1 - seq_delta);
}

// A sum beyond 64 bits is far above any ceiling.
std::uint64_t seq_with_lead(const SqnState& state, std::uint64_t lead) noexcept {
  if (lead <= state.lead) return state.seq;
  const std::uint64_t sum = state.seq + (lead - state.lead);
  return sum < state.seq ? ~std::uint64_t{0} : sum;
}

std::optional<std::vector<Sqn>> issue(SqnState& state, const SqnPolicy& policy, Domain domain, std::size_t count,
                                      const SqnInputs& inputs) {
  const auto at = static_cast<std::size_t>(domain);
  if (!policy.ranges[at]) return std::nullopt;
  std::vector<Sqn> sqns;
  if (count == 0) return sqns;
  SqnState next = state;
  take_lead(next, inputs.lead);
  const std::uint8_t ind = next_ind(next.last_ind[at], *policy.ranges[at]);
  next.last_ind[at] = ind;
  sqns.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    advance(next, policy.profile, inputs.unix_tenths);
    if (next.seq > ceiling(policy)) return std::nullopt;
    sqns.push_back(Sqn{next.seq << policy.ind_bits | ind});
  }
  state = next;
  return sqns;
}

// TS 33.102 6.3.5: the question is whether the card would take what comes next.
Resync resynchronise(SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs) {
  const std::uint64_t seq_ms = seq_of(sqn_ms, policy.ind_bits);
  SqnState next = state;
  take_lead(next, inputs.lead);
  advance(next, policy.profile, inputs.unix_tenths);
  if (next.seq > seq_ms) return next.seq - seq_ms <= seq_delta ? Resync::kept : Resync::refused;
  const std::uint64_t past_lost = inputs.lead > state.raised_lead ? inputs.lead_jump : 0;
  if (seq_ms + past_lost > ceiling(policy)) return Resync::refused;
  state.seq = seq_ms + past_lost;
  state.lead = state.raised_lead = next.lead;
  if (policy.profile == Profile::time) couple(state, inputs.unix_tenths);
  return Resync::raised;
}

bool is_out_of_reach(const SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs) {
  SqnState now = state;
  take_lead(now, inputs.lead);
  const std::uint64_t seq_ms = seq_of(sqn_ms, policy.ind_bits);
  return now.seq > seq_ms && now.seq - seq_ms >= seq_delta;
}

void go_back(SqnState& state, const SqnPolicy& policy, Sqn sqn_ms, const SqnInputs& inputs) {
  state.seq = seq_of(sqn_ms, policy.ind_bits);
  state.lead = state.raised_lead = inputs.lead;
  state.clock_offset.reset();
}

}  // namespace auc

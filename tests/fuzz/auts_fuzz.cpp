// SPDX-License-Identifier: Apache-2.0
// Fuzzes the opening of an AUTS and what it may do to the sequence number of a credential.
#include "auc/milenage.h"
#include "auc/sqn.h"
#include "fuzz/fuzzed.h"
#include "support/soft_token.h"
#include "support/usim.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>

namespace {

constexpr support::Block k{0x46, 0x5b, 0x5c, 0xe8}, opc{0xcd, 0x63, 0xcb, 0x71};

// Takes values from the input; zeros when it has run out.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> octets) : rest_(octets) {}

  std::uint64_t number(std::size_t octets) {
    std::uint64_t value = 0;
    while (octets-- > 0) value = value << 8 | octet();
    return value;
  }
  void fill(std::span<std::uint8_t> to) {
    std::ranges::generate(to, [this] { return octet(); });
  }

 private:
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::span<const std::uint8_t> rest_;
};

struct Case {
  auc::Rand rand;
  auc::Auts auts;
  bool authentic = false;  // as the card made it, unless the input forged it afterwards
  auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
  auc::SqnInputs inputs;
};

// First octet: bits 0-1 profile, bit 2 the card makes the AUTS, bit 3 it is then damaged, bit 4 there is a clock
// offset.
Case read_case(Input& input, const support::Usim& card) {
  Case of;
  const std::uint64_t kind = input.number(1);
  of.policy.profile = auc::Profile{static_cast<std::uint8_t>(kind % 4 % 3)};
  input.fill(of.rand.octets);
  input.fill(of.auts.octets);
  of.state.seq = input.number(8) >> input.number(1) % 64;
  of.state.lead = input.number(8) >> input.number(1) % 64;
  const std::uint64_t offset = input.number(8);
  if (kind & 16) of.state.clock_offset = static_cast<std::int64_t>(offset);
  of.inputs = {input.number(8) >> input.number(1) % 64, input.number(8) >> input.number(1) % 64};
  of.authentic = (kind & 4) != 0;
  if (of.authentic) of.auts = card.auts(of.rand, {input.number(6)});
  if (kind & 8) of.auts.octets.at(input.number(1) % 14) ^= static_cast<std::uint8_t>(1U << input.number(1) % 8);
  if (kind & 8) of.authentic = false;
  return of;
}

// SEQ with the global lead in force, at the end of 64 bits if it would be beyond.
std::uint64_t base_of(const auc::SqnState& state, const auc::SqnInputs& inputs) {
  const std::uint64_t jump = std::max(inputs.lead, state.lead) - state.lead;
  return state.seq + std::min(jump, ~state.seq);
}

void check_issue(auc::SqnState state, const Case& of, std::uint64_t above, std::uint64_t within) {
  const auc::SqnState before = state;
  const std::uint64_t base = base_of(state, of.inputs);
  const auto sqns = auc::issue(state, of.policy, auc::Domain::ims, 3, of.inputs);
  if (!sqns) {
    must(state == before, "a refusal leaves the state as it was");
    return must(base > auc::seq_ceiling - auc::seq_delta, "only close to the ceiling anything is refused");
  }
  must(auc::seq_of(sqns->front(), 5) - base <= auc::seq_delta / 2, "the clock makes no leap that a card would refuse");
  std::uint64_t last = std::max(above, before.seq);
  must(auc::seq_of(sqns->front(), 5) - above <= within, "the card takes the first number");
  for (const auc::Sqn sqn : *sqns) {
    must(auc::seq_of(sqn, 5) > last, "SEQ rises");
    must(auc::ind_of(sqn, 5) >= 16 && auc::ind_of(sqn, 5) <= 23, "IND is in the range of the domain");
    last = auc::seq_of(sqn, 5);
  }
  must(last <= auc::seq_ceiling, "SEQ is not above the ceiling");
  must(state.seq == last, "the state holds the last number");
}

void check_resynchronisation(const Case& of, auc::Sqn sqn_ms) {
  const std::uint64_t seq_ms = auc::seq_of(sqn_ms, 5);
  auc::SqnState state = of.state;
  const auc::Resync verdict = auc::resynchronise(state, of.policy, sqn_ms, of.inputs);
  must(state.seq >= of.state.seq && state.lead >= of.state.lead, "the state never goes down");
  must(state.last_ind == of.state.last_ind, "the card's IND is not adopted");
  if (verdict != auc::Resync::raised) must(state == of.state, "only raising changes the state");
  if (verdict == auc::Resync::raised) must(state.seq == seq_ms, "raised to the card's SEQ");
  if (verdict != auc::Resync::refused) check_issue(state, of, seq_ms, auc::seq_delta);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static support::SoftToken token;
  static const hsm::Key key = token.load(support::SoftToken::reference(k, opc));
  static const support::Usim card(k, opc);
  Input input({data, size});
  const Case of = read_case(input, card);

  check_issue(of.state, of, 0, ~std::uint64_t{0});
  const std::optional<auc::Sqn> sqn_ms = auc::open_auts(token, key, of.rand, of.auts);
  must(!of.authentic || sqn_ms, "what the card made is authentic");
  if (!sqn_ms) return 0;
  must(card.auts(of.rand, *sqn_ms) == of.auts, "nothing but what the card would make is authentic");
  check_resynchronisation(of, *sqn_ms);
  return 0;
}

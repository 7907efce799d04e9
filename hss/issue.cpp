// SPDX-License-Identifier: Apache-2.0
// Judges an AUTS, then takes numbers: the order of TS 33.102 6.3.5.
#include "hss/issue.h"

#include "hss/proved_rand.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hss {
namespace {

struct NoteName {
  ResyncNote note;
  std::string_view name;
};
constexpr std::array<NoteName, 8> note_names{{{ResyncNote::unused, "unused"},
                                              {ResyncNote::kept, "kept"},
                                              {ResyncNote::raised, "raised"},
                                              {ResyncNote::returned, "returned"},
                                              {ResyncNote::forged, "forged"},
                                              {ResyncNote::refused_downwards, "refused_downwards"},
                                              {ResyncNote::rate_limited, "rate_limited"},
                                              {ResyncNote::key_changed, "key_changed"}}};

auc::SqnInputs sqn_inputs_of(const NumberPolicy& policy, const NumberInputs& inputs) {
  const auto tenths = static_cast<std::uint64_t>(inputs.now.time_since_epoch().count()) / 100U;
  return {inputs.seq_lead, tenths, policy.lead_jump};
}

// Clocks of nodes differ a little; a window that begins further in the future than it is long comes from a clock that
// was ahead once, and counts as none.
bool within_resync_limit(CredentialRow& credential, const NumberPolicy& policy, std::chrono::sys_seconds now) {
  if (!credential.resync_since || now - *credential.resync_since >= policy.resync_window ||
      *credential.resync_since - now >= policy.resync_window) {
    credential.resync_since = now;
    credential.resync_count = 0;
  }
  if (credential.resync_count >= policy.resync_limit) {
    return false;
  }
  ++credential.resync_count;
  credential.rest_changed = true;
  return true;
}

// `checked` was made with the key that the credential has now.
ResyncNote resynchronise(const CheckedAuts& checked, const NumberPolicy& policy, CredentialRow& credential,
                         const NumberInputs& inputs) {
  const auto now = std::chrono::floor<std::chrono::seconds>(inputs.now);
  if (!checked.sqn_ms) {
    return ResyncNote::forged;
  }
  if (!within_resync_limit(credential, policy, now)) {
    return ResyncNote::rate_limited;
  }
  credential.card_seq = std::max(credential.card_seq, auc::seq_of(*checked.sqn_ms, policy.sqn.ind_bits));
  switch (auc::resynchronise(credential.sqn, policy.sqn, *checked.sqn_ms, sqn_inputs_of(policy, inputs))) {
    case auc::Resync::kept:
      return ResyncNote::kept;
    case auc::Resync::raised:
      credential.changed = true;
      return ResyncNote::raised;
    case auc::Resync::refused:
      break;
  }
  return ResyncNote::refused_downwards;
}

// A card out of reach that an operator has armed, with an AUTS to a RAND that was issued since.
bool may_return(const ReportedAuts& auts, const NumberPolicy& policy, const CredentialRow& credential,
                const auc::SqnInputs& inputs) {
  return is_proved(auts.rand, credential.return_nonce) &&
         auc::is_out_of_reach(credential.sqn, policy.sqn, *auts.checked->sqn_ms, inputs);
}

void take_return(const ReportedAuts& auts, const NumberPolicy& policy, CredentialRow& credential,
                 const auc::SqnInputs& inputs) {
  auc::go_back(credential.sqn, policy.sqn, *auts.checked->sqn_ms, inputs);
  credential.card_seq = credential.sqn.seq;
  credential.asked.reset();
  credential.returned = TakenReturn{credential.sqn.seq, std::move(credential.return_nonce), auts.key_now->owner};
  credential.return_nonce.clear();
  credential.changed = credential.rest_changed = true;
}

// What an AUTS does to the numbers.
ResyncNote judge_auts(const ReportedAuts& auts, const NumberPolicy& policy, CredentialRow& credential,
                      const NumberInputs& inputs) {
  if (!auts.checked || !auts.checked->key || *auts.checked->key != *auts.key_now) {
    return ResyncNote::key_changed;
  }
  const ResyncNote note = resynchronise(*auts.checked, policy, credential, inputs);
  const auto sqn_inputs = sqn_inputs_of(policy, inputs);
  if (note == ResyncNote::refused_downwards && may_return(auts, policy, credential, sqn_inputs)) {
    take_return(auts, policy, credential, sqn_inputs);
    return ResyncNote::returned;
  }
  return note;
}

// A credential as it was before its order.
struct NumbersBefore {
  auc::SqnState sqn;
  bool changed;
};

// TS 33.203 6.1.1: 1 <= n <= nmax, ordered by SQN. With SEQ at its ceiling not even the resynchronisation stays.
std::vector<auc::Sqn> take_numbers(const NumberOrder& order, const NumberPolicy& policy, const auc::SqnInputs& inputs,
                                   const NumbersBefore& before, CredentialRow& credential) {
  auto sqns = auc::issue(credential.sqn, policy.sqn, order.domain, order.count, inputs);
  if (!sqns) {
    credential.sqn = before.sqn;
    credential.changed = before.changed;
    credential.returned.reset();
    return {};
  }
  credential.changed = true;
  credential.rest_changed = credential.rest_changed || before.sqn.clock_offset != credential.sqn.clock_offset ||
                            before.sqn.raised_lead != credential.sqn.raised_lead;
  return std::move(*sqns);
}

}  // namespace

std::string_view name(ResyncNote note) noexcept { return note_names[static_cast<std::size_t>(note)].name; }

NumberInputs inputs_now(NumberBudget* budget) {
  NumberInputs inputs;
  inputs.now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  inputs.budget = budget;
  inputs.budget_time = std::chrono::steady_clock::now();
  return inputs;
}

IssuedNumbers issue(CredentialRow& credential, const NumberOrder& order, const NumberPolicy& policy,
                    const NumberInputs& inputs) {
  IssuedNumbers issued;
  const NumbersBefore before{credential.sqn, credential.changed};
  if (order.auts) {
    issued.resync = judge_auts(*order.auts, policy, credential, inputs);
    if (!goes_on(issued.resync)) {
      return issued;
    }
  }
  issued.over_budget =
      inputs.budget && !inputs.budget->take(credential.fingerprint, order.requester, order.count, inputs.budget_time);
  if (!issued.over_budget) {
    issued.sqns = take_numbers(order, policy, sqn_inputs_of(policy, inputs), before, credential);
  }
  if (!issued.empty()) {
    issued.rand_nonce = credential.return_nonce;
  }
  return issued;
}

}  // namespace hss

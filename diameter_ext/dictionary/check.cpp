// SPDX-License-Identifier: Apache-2.0
// One pass over the AVPs, one over the rules.
#include "diameter_ext/dictionary/check.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace diameter_ext {
namespace {

struct Seen {
  std::uint32_t times = 0;
  AvpHandle* surplus = nullptr;  // the first one too many
};
using AllSeen = std::array<Seen, Grammar::most_rules>;

AllSeen count(const Grammar& grammar, std::span<const ReceivedAvp> avps) {
  AllSeen out{};
  for (const ReceivedAvp& avp : avps) {
    const auto place = grammar.place_of(avp.which);
    if (place == Grammar::no_rule) {
      continue;
    }
    Seen& seen = out[place];
    ++seen.times;
    const auto most = grammar[place].most;
    if (most != Rule::any_times && seen.times == most + 1U) {
      seen.surplus = avp.handle;
    }
  }
  return out;
}

bool is_elsewhere(std::size_t place, const Rule& rule, std::span<const ReceivedAvp> avps) {
  return rule.is_fixed && (place >= avps.size() || avps[place].which != rule.which);
}

std::optional<DecodeFailure> check_rules(const Grammar& grammar, std::span<const ReceivedAvp> avps) {
  const AllSeen all = count(grammar, avps);
  for (std::size_t i = 0; i < grammar.size(); ++i) {
    const Rule& rule = grammar[i];
    if (all[i].times < rule.least || is_elsewhere(i, rule, avps)) {
      return DecodeFailure{result::missing_avp, nullptr, rule.which};
    }
    if (all[i].surplus != nullptr) {
      return DecodeFailure{result::avp_occurs_too_many_times, all[i].surplus, std::nullopt};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<DecodeFailure> check_grammar(const Grammar& grammar, std::span<const GroupRow> groups,
                                           std::span<const ReceivedAvp> avps) {
  for (const ReceivedAvp& avp : avps) {
    if (!avp.is_group()) {
      continue;
    }
    const auto group = std::ranges::find(groups, avp.which, &GroupRow::which);
    if (group == groups.end()) {
      continue;
    }
    if (auto failure = check_grammar(group->grammar, groups, children_of(avp.handle))) {
      return failure;
    }
  }
  return check_rules(grammar, avps);
}

}  // namespace diameter_ext

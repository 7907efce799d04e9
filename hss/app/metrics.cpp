// SPDX-License-Identifier: Apache-2.0
// Fills rows from the counters where they are kept.
#include "hss/app/metrics.h"

#include "hsm/base/log.h"

#include <algorithm>

namespace hss::app {
namespace {

bool begins_with(const Labels& labels, const Labels& wanted) {
  for (std::size_t i = 0; i < most_labels; ++i) {
    if (!wanted.at(i).empty() && wanted.at(i) != labels.at(i)) {
      return false;
    }
  }
  return true;
}

// Outcomes that one code tells have one name, and one row.
void add_answers(Samples& out, const CommandName& name, const AnswerCounts& counts) {
  const std::size_t first = out.size();
  for (const OutcomeCode& code : outcome_codes) {
    const Labels labels{name.application, name.name, code.name};
    const auto same = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                   [&](const Sample& one) { return one.labels == labels; });
    const std::uint64_t count = counts.at(static_cast<std::size_t>(code.outcome));
    if (same == out.end()) {
      out.push_back({metric("quintet_answers_total"), labels, count});
    } else {
      same->value += count;
    }
  }
}

}  // namespace

void add_commands(Samples& out, Command command, const Tally& tally) {
  const CommandName& name = name_of(command);
  add_answers(out, name, tally.counts());
  out.push_back({metric("quintet_requests_dropped_total"), {name.application, name.name}, tally.dropped()});
  out.push_back({metric("quintet_requests_abandoned_total"), {name.application, name.name}, tally.abandoned()});
}

void add_token(Samples& out, const hsm::TokenStatistics& token) {
  out.push_back({metric("quintet_token_keys_reused_total"), {}, token.hits});
  out.push_back({metric("quintet_token_keys_unwrapped_total"), {}, token.unwraps});
  out.push_back({metric("quintet_token_keys_destroyed_total"), {}, token.destroyed});
  out.push_back({metric("quintet_token_keys_cached"), {}, token.cached});
  out.push_back({metric("quintet_token_openings_total"), {}, token.opened});
  out.push_back({metric("quintet_token_refreshes_total"), {}, token.refreshed});
  out.push_back({metric("quintet_token_failures_total"), {}, token.failures});
}

void add_events(Samples& out) {
  const base::EventCounts counts = base::event_counts();
  for (std::size_t row = 0; row < counts.size(); ++row) {
    out.push_back({metric("quintet_log_events_total"), {base::table::events.at(row).name}, counts.at(row)});
  }
}

std::uint64_t sum_of(const Samples& samples, Metric metric, const Labels& labels) {
  std::uint64_t sum = 0;
  for (const Sample& one : samples) {
    sum += one.metric == metric && begins_with(one.labels, labels) ? one.value : 0;
  }
  return sum;
}

}  // namespace hss::app

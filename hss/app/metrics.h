// SPDX-License-Identifier: Apache-2.0
// THE table of what the server counts: a metric without a row does not compile. docs/metrics.md is generated from it
// (`quintet metrics describe`).
#pragma once

#include "hsm/base/row_of.h"
#include "hsm/pkcs11_token.h"
#include "hss/app/tally.h"
#include "hss/command.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hss::app {

enum class MetricKind : std::uint8_t { counter, gauge };  // a counter starts at 0 with the process and only grows

inline constexpr std::size_t most_labels = 3;
using Labels = std::array<std::string_view, most_labels>;  // empty ones at the end: there are fewer

struct MetricRow {
  std::string_view name;
  MetricKind kind;
  Labels labels;
  std::string_view help;
};

namespace table {
using enum MetricKind;

inline constexpr auto metrics = std::to_array<MetricRow>({
    {"quintet_answers_total",
     counter,
     {"application", "command", "outcome"},
     "answers by the outcome of their procedure"},
    {"quintet_requests_dropped_total",
     counter,
     {"application", "command"},
     "requests left without an answer in an outage, as `diameter.peer` has it"},
    {"quintet_requests_abandoned_total",
     counter,
     {"application", "command"},
     "requests left without an answer because their connection had gone"},
    {"quintet_pushes_sent_total", counter, {"application", "command"}, "RTR and PPR sent, each attempt"},
    {"quintet_pushes_done_total", counter, {}, "RTR and PPR that were answered as they should be"},
    {"quintet_pushes_repeated_total", counter, {}, "RTR and PPR that are to be sent once more"},
    {"quintet_pushes_given_up_total",
     counter,
     {},
     "RTR and PPR that are not sent any more, though they did not arrive"},
    {"quintet_batches_total", counter, {}, "batches that workers took to the database"},
    {"quintet_token_keys_reused_total", counter, {}, "vectors whose key was in the token already"},
    {"quintet_token_keys_unwrapped_total", counter, {}, "keys unwrapped into the token"},
    {"quintet_token_keys_destroyed_total", counter, {}, "unwrapped keys destroyed in the token"},
    {"quintet_token_keys_cached", gauge, {}, "unwrapped keys in the token now"},
    {"quintet_token_openings_total", counter, {}, "openings of the token"},
    {"quintet_token_refreshes_total", counter, {}, "of these, planned ones"},
    {"quintet_token_failures_total", counter, {}, "failed calls of the token that counted as its failure"},
    {"quintet_log_events_total",
     counter,
     {"event"},
     "lines of log by event, those held back included ([log.md](log.md))"},
});
}  // namespace table

using Metric = base::RowOf<table::metrics>;
consteval Metric metric(std::string_view name) { return Metric(name); }

// A value as it was when it was asked for. The labels' texts live as long as the process.
struct Sample {
  Metric metric;
  Labels labels;
  std::uint64_t value;
};
using Samples = std::vector<Sample>;

// Everything that is counted beside a server: by command, by the token, and events of the log. Does not block.
void add_commands(Samples& out, Command command, const Tally& tally);
void add_token(Samples& out, const hsm::TokenStatistics& token);
void add_events(Samples& out);

// Of all whose first labels are these.
[[nodiscard]] std::uint64_t sum_of(const Samples& samples, Metric metric, const Labels& labels = {});

}  // namespace hss::app

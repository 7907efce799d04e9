// SPDX-License-Identifier: Apache-2.0
// Prints tables as Markdown.
#include "hss/app/catalogues.h"

#include "hsm/base/events.h"
#include "hsm/base/log.h"
#include "hss/app/metrics.h"

#include <spdlog/fmt/fmt.h>

#include <ostream>
#include <string>

namespace hss::app {
namespace {

std::string_view word_of(spdlog::level::level_enum level) {
  const auto word = spdlog::level::to_string_view(level);
  return {word.data(), word.size()};
}

std::string listed(const Labels& labels) {
  std::string out;
  for (const std::string_view label : labels) {
    out += label.empty() ? std::string() : fmt::format("{}`{}`", out.empty() ? "" : ", ", label);
  }
  return out;
}

}  // namespace

void describe_log(std::ostream& out) {
  out << "# Events of the log\n\n"
         "Made by `quintet log describe`; [operations.md](operations.md) tells how a line is read.\n\n"
         "| event | level | what happened | what to do |\n|---|---|---|---|\n";
  for (const base::EventRow& row : base::table::events) {
    out << fmt::format("| `{}` | {} | {} | {} |\n", row.name, word_of(row.level), row.what, row.remedy);
  }
}

void describe_metrics(std::ostream& out) {
  out << "# Metrics\n\n"
         "Made by `quintet metrics describe`. A counter starts at 0 with the process.\n\n"
         "| metric | kind | labels | what it counts |\n|---|---|---|---|\n";
  for (const MetricRow& row : table::metrics) {
    out << fmt::format("| `{}` | {} | {} | {} |\n", row.name, row.kind == MetricKind::counter ? "counter" : "gauge",
                       listed(row.labels), row.help);
  }
}

}  // namespace hss::app

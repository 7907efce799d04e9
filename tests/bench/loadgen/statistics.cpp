// SPDX-License-Identifier: Apache-2.0
// Turns counters into the JSON result.
#include "statistics.h"

#include <algorithm>

#include "../lib/clock.h"

namespace bench {
namespace {

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

JsonObject latency_json(const Histogram& latency) {
  return JsonObject()
      .add("count", latency.count())
      .add("mean", latency.mean() / 1000)
      .add("p50", microseconds(latency.percentile(0.5)))
      .add("p90", microseconds(latency.percentile(0.9)))
      .add("p99", microseconds(latency.percentile(0.99)))
      .add("p99.9", microseconds(latency.percentile(0.999)))
      .add("max", microseconds(latency.largest()));
}

JsonObject total_json(const Statistics& s) {
  return JsonObject()
      .add("requests", s.total_requests)
      .add("answers", s.total_answers)
      .add("success", s.total_ok)
      .add("octets_per_answer", s.total_octets / std::max<std::uint64_t>(1, s.total_answers))
      .add("user_data_octets", s.total_user_data)
      .add("late", s.late)
      .add("duplicates", s.duplicates)
      .add("unknown", s.unknown)
      .add("malformed", s.malformed)
      .add("connection_losses", s.connection_losses)
      .add("cpu_s", ns_to_seconds(s.cpu_ns));
}

std::string target_list(const Settings& settings) {
  std::string list;
  for (const Target& target : settings.targets) {
    list += (list.empty() ? "" : ", ") + json_quote(target.host + ":" + std::to_string(target.port));
  }
  return "[" + list + "]";
}

}  // namespace

void ResultCounts::add(std::uint32_t code, bool experimental) {
  const auto same = [&](const Row& row) { return row.code == code && row.experimental == experimental; };
  const auto found = std::ranges::find_if(rows_, same);
  if (found == rows_.end()) return rows_.push_back({code, experimental, 1});
  ++found->count;
}

JsonObject ResultCounts::json() const {
  JsonObject object;
  for (const Row& row : rows_) {
    const std::string name = row.code == 0 ? "none" : (row.experimental ? "exp" : "") + std::to_string(row.code);
    object.add(name, row.count);
  }
  return object;
}

JsonObject report(const Settings& settings, const Statistics& s, const Verifier* verifier) {
  const double seconds = ns_to_seconds(s.measured_ns);
  const double per_second = seconds > 0 ? 1 / seconds : 0;
  JsonObject object;
  object.add("command", std::string(name(settings.load)))
      .raw("targets", target_list(settings))
      .add("connections", settings.connections)
      .add("mode", settings.rate == 0 ? "closed" : "open")
      .add(settings.rate == 0 ? "window" : "offered", settings.rate == 0 ? settings.window : settings.rate)
      .add("subscribers", settings.subscribers)
      .add("seconds", seconds)
      .add("requests", s.requests)
      .add("answers", s.answers)
      .add("rate", static_cast<double>(s.answers) * per_second)
      .add("rate_ok", static_cast<double>(s.latency_ok.count()) * per_second)
      .add("results", s.results.json())
      .add("lost", s.lost())
      .add("timeouts", s.timeouts)
      .add("broken", s.broken)
      .add("unsent", s.unsent)
      .add("duplicates", s.duplicates)
      .add("latency_us", latency_json(s.latency))
      .add("latency_ok_us", latency_json(s.latency_ok))
      .add("total", total_json(s));
  if (verifier != nullptr) object.add("verify", verifier->findings().json());
  return object;
}

}  // namespace bench

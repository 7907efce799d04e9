// SPDX-License-Identifier: Apache-2.0
// What a run counts, and how it is reported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../lib/histogram.h"
#include "../lib/json.h"
#include "settings.h"
#include "verifier.h"

namespace bench {

// Answers by result code; few codes occur, so a list is searched.
class ResultCounts {
 public:
  void add(std::uint32_t code, bool experimental);
  [[nodiscard]] JsonObject json() const;  // "2001", "exp5001"; "none" for an answer without a code

 private:
  struct Row {
    std::uint32_t code;
    bool experimental;
    std::uint64_t count;
  };
  std::vector<Row> rows_;
};

struct Statistics {
  // Of requests sent in the measured time.
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t timeouts = 0;  // no answer in time
  std::uint64_t broken = 0;    // the connection went away first
  std::uint64_t unsent = 0;    // open loop: due while no connection was open
  ResultCounts results;
  Histogram latency;     // all answers
  Histogram latency_ok;  // those that are a success
  std::uint64_t measured_ns = 0;

  // Of the whole run.
  std::uint64_t total_requests = 0;
  std::uint64_t total_answers = 0;
  std::uint64_t total_ok = 0;
  std::uint64_t total_octets = 0;     // of answers
  std::uint64_t total_user_data = 0;  // octets of User-Data
  std::uint64_t late = 0;             // answered after the time-out or over a later connection
  std::uint64_t duplicates = 0;       // answered a second time
  std::uint64_t unknown = 0;          // answers to nothing that was asked
  std::uint64_t malformed = 0;
  std::uint64_t connection_losses = 0;
  std::uint64_t cpu_ns = 0;

  [[nodiscard]] std::uint64_t lost() const { return timeouts + broken; }
};

JsonObject report(const Settings& settings, const Statistics& statistics, const Verifier* verifier);

}  // namespace bench

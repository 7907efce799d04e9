// SPDX-License-Identifier: Apache-2.0
// sqncheck: merges the sequence-number logs of any number of load generators and says whether all is in order.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "../lib/json.h"
#include "../lib/options.h"
#include "check.h"
#include "plant.h"

namespace {

struct Settings {
  std::vector<std::string> files;
  std::uint64_t expect_total = 0;
  std::string plant;
  std::string csv;
  bool self_test = false;
};

Settings read_settings(std::span<char* const> arguments) {
  Settings s;
  const std::vector<bench::Option> options{
      {"--expect-total", "N", "this many vectors must be there, over all files", bench::into(s.expect_total, 1, ~0ULL)},
      {"--csv", "FILE", "write subscriber,vectors,lowest SEQ,highest SEQ", bench::into(s.csv)},
      {"--plant", "FAULT", "forge the records first: repeat, repeat-other-ind, order, unordered or ind",
       bench::into(s.plant)},
      {"--self-test", "", "show that each fault is found in made-up records", bench::raise(s.self_test)},
  };
  s.files = bench::parse_options(arguments, "checks logs of sequence numbers for repeats and order", options);
  if (s.files.empty() && !s.self_test) throw bench::UsageError("no log given");
  return s;
}

std::vector<bench::SqnRecord> read_all(const std::vector<std::string>& files) {
  std::vector<bench::SqnRecord> all;
  std::uint32_t next_answer = 0;
  for (const std::string& file : files) {
    const std::uint32_t offset = next_answer;
    for (bench::SqnRecord record : bench::read_sqn_log(file)) {
      record.answer += offset;
      next_answer = std::max(next_answer, record.answer + 1);
      all.push_back(record);
    }
  }
  return all;
}

const bench::Fault& find_fault(std::string_view name) {
  const auto found = std::ranges::find(bench::faults, name, &bench::Fault::name);
  if (found == bench::faults.end()) throw bench::UsageError("unknown fault " + std::string(name));
  return *found;
}

void write_csv(const std::string& file, std::span<const bench::SqnRecord> records) {
  struct Row {
    std::uint64_t vectors;
    std::uint64_t least;
    std::uint64_t most;
  };
  std::map<std::uint32_t, Row> rows;
  for (const auto& record : records) {
    Row& row = rows.try_emplace(record.subscriber, Row{0, record.seq, record.seq}).first->second;
    ++row.vectors;
    row.least = std::min(row.least, record.seq);
    row.most = std::max(row.most, record.seq);
  }
  std::FILE* out = std::fopen(file.c_str(), "w");
  if (out == nullptr) throw std::runtime_error("cannot write " + file);
  for (const auto& [subscriber, row] : rows) {
    std::fprintf(out, "%u,%llu,%llu,%llu\n", subscriber, static_cast<unsigned long long>(row.vectors),
                 static_cast<unsigned long long>(row.least), static_cast<unsigned long long>(row.most));
  }
  if (std::fclose(out) != 0) throw std::runtime_error("cannot write " + file);
}

int check_files(const Settings& s) {
  std::vector<bench::SqnRecord> records = read_all(s.files);
  if (!s.plant.empty() && !find_fault(s.plant).plant(records)) {
    throw std::runtime_error("these records offer no place for that fault");
  }
  const bench::Verdict verdict = bench::judge(records);
  if (!s.csv.empty()) write_csv(s.csv, records);
  for (const std::string& example : verdict.examples) std::fprintf(stderr, "%s\n", example.c_str());
  const bool total_fits = s.expect_total == 0 || s.expect_total == verdict.vectors;
  const bool good = verdict.faults() == 0 && verdict.vectors != 0 && total_fits;
  bench::JsonObject result;
  result.add("verdict", good ? "good" : "FAULTY")
      .add("vectors", verdict.vectors)
      .add("expected", s.expect_total)
      .add("answers", verdict.answers)
      .add("subscribers", verdict.subscribers)
      .add("repeated_seq", verdict.repeated_seq)
      .add("repeated_sqn", verdict.repeated_sqn)
      .add("order_breaches", verdict.order_breaches)
      .add("unordered_answers", verdict.unordered_answers)
      .add("mixed_ind_answers", verdict.mixed_ind_answers);
  std::puts(result.str().c_str());
  return good ? 0 : 1;
}

int self_test() {
  const std::vector<bench::SqnRecord> good = bench::good_records();
  bool passed = bench::judge(good).faults() == 0;
  std::printf("%-18s %s\n", "untouched", passed ? "good, as it should be" : "FAULTS FOUND");
  for (const bench::Fault& fault : bench::faults) {
    std::vector<bench::SqnRecord> forged = good;
    const bool caught = fault.plant(forged) && bench::judge(forged).*fault.counter != 0;
    std::printf("%-18.*s %s: %.*s\n", static_cast<int>(fault.name.size()), fault.name.data(),
                caught ? "caught" : "NOT CAUGHT", static_cast<int>(fault.meaning.size()), fault.meaning.data());
    passed = passed && caught;
  }
  return passed ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Settings settings = read_settings(std::span(argv, static_cast<std::size_t>(argc)));
    return settings.self_test ? self_test() : check_files(settings);
  } catch (const bench::UsageError& error) {
    std::fprintf(stderr, "sqncheck: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sqncheck: %s\n", error.what());
    return 1;
  }
}

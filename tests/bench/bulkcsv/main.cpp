// SPDX-License-Identifier: Apache-2.0
// bulkcsv: writes the keys of bench subscribers as the CSV that "quintet keys import" reads.
#include <array>
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include "../lib/keys.h"
#include "../lib/options.h"

namespace {

void append_hex(std::string& out, const bench::Block& block) {
  constexpr std::array<char, 16> digits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  for (const std::uint8_t byte : block) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

std::string row_of(std::uint64_t index) {
  const bench::SubscriberKeys keys = bench::derived_keys(index);
  std::string row = "bench-" + std::to_string(index) + ",";
  append_hex(row, keys.k);
  row += ',';
  append_hex(row, keys.opc);
  return row + "\n";
}

void write_rows(std::uint64_t first, std::uint64_t count) {
  std::string out = "credential,k,opc\n";
  for (std::uint64_t i = first; i < first + count; ++i) out += row_of(i);
  if (std::fputs(out.c_str(), stdout) < 0 || std::fflush(stdout) != 0) throw std::runtime_error("cannot write");
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t subscribers = 1000;
  std::uint64_t first = 0;
  const std::vector<bench::Option> options{
      {"--subscribers", "N", "number of rows (1000)", bench::into(subscribers, 1, 100'000'000)},
      {"--first-subscriber", "I", "index of the first (0)", bench::into(first, 0, 1'000'000'000)},
  };
  try {
    bench::parse_options(std::span(argv, static_cast<std::size_t>(argc)),
                         "writes credential,k,opc of bench subscribers, with keys derived from the index", options);
    write_rows(first, subscribers);
    return 0;
  } catch (const bench::UsageError& error) {
    std::fprintf(stderr, "bulkcsv: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulkcsv: %s\n", error.what());
    return 1;
  }
}

// SPDX-License-Identifier: Apache-2.0
// tokenloop: how many AKA vectors a second a PKCS#11 token yields to a loop that does nothing else.
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "../lib/clock.h"
#include "../lib/json.h"
#include "../lib/options.h"
#include "loops.h"
#include "session.h"

namespace {

struct Settings {
  bench::TokenSettings token;
  double seconds = 5;
  std::uint64_t hot_keys = 1000;
  std::uint64_t blobs = 10'000;
  std::string json_file;
};

Settings read_settings(std::span<char* const> arguments) {
  Settings s;
  const std::vector<bench::Option> options{
      {"--seconds", "S", "per loop (5)", bench::into(s.seconds)},
      {"--keys", "N", "keys of the hot loop (1000)", bench::into(s.hot_keys, 1, 1'000'000)},
      {"--blobs", "N", "wrapped keys of the cold loop (10000)", bench::into(s.blobs, 1, 10'000'000)},
      {"--module", "FILE", "PKCS#11 module (SoftHSM)", bench::into(s.token.module)},
      {"--mechanisms", "LIST", "slots.mechanisms of SoftHSM's configuration (not set)",
       bench::into(s.token.mechanisms)},
      {"--public-keys", "", "session keys with CKA_PRIVATE false", [&s](auto) { s.token.private_keys = false; }},
      {"--json", "FILE", "write the result there and not to standard output", bench::into(s.json_file)},
  };
  const auto rest =
      bench::parse_options(arguments, "measures bare vector loops on a SoftHSM token of its own", options);
  if (!rest.empty()) throw bench::UsageError("unexpected argument " + rest.front());
  return s;
}

bench::JsonObject json_of(const bench::LoopResult& result) {
  const double seconds = bench::ns_to_seconds(result.wall_ns);
  const double cpu = bench::ns_to_seconds(result.cpu_ns);
  const auto vectors = static_cast<double>(result.vectors);
  return bench::JsonObject()
      .add("vectors", result.vectors)
      .add("seconds", seconds)
      .add("rate", vectors / seconds)
      .add("rate_per_cpu_second", vectors / cpu)
      .add("cpu_us_per_vector", cpu * 1e6 / vectors);
}

int run(const Settings& settings) {
  const bench::TokenSession session(settings.token);
  bench::Loops loops(session, settings.hot_keys, settings.blobs);
  loops.check();
  const bench::LoopResult hot = loops.hot(settings.seconds);
  const bench::LoopResult cold = loops.cold(settings.seconds);
  bench::JsonObject result;
  result.add("private_keys", settings.token.private_keys ? "yes" : "no")
      .add("mechanisms", settings.token.mechanisms)
      .add("hot", json_of(hot))
      .add("cold", json_of(cold));
  return bench::write_json(settings.json_file, result) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(read_settings(std::span(argv, static_cast<std::size_t>(argc))));
  } catch (const bench::UsageError& error) {
    std::fprintf(stderr, "tokenloop: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tokenloop: %s\n", error.what());
    return 1;
  }
}

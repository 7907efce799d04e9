// SPDX-License-Identifier: Apache-2.0
// loadgen: sends Multimedia-Auth-Requests to HSS processes, measures and, on request, verifies the answers.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>

#include "../lib/options.h"
#include "driver.h"
#include "settings.h"
#include "statistics.h"
#include "verifier.h"

namespace {

std::atomic<bool> stop{false};

enum Exit : int { good = 0, faults_found = 1, wrong_usage = 2, not_connected = 3 };

int run(const bench::Settings& settings) {
  std::unique_ptr<bench::Verifier> verifier;
  if (settings.verify) verifier = std::make_unique<bench::Verifier>(settings);
  bench::Driver driver(settings, verifier.get(), stop);
  const bench::Statistics statistics = driver.run();
  if (verifier) verifier->finish();
  if (!bench::write_json(settings.json_file, bench::report(settings, statistics, verifier.get()))) {
    throw std::runtime_error("cannot write the result");
  }
  const bool faults = verifier && verifier->findings().faults() != 0;
  const bool confused = statistics.duplicates + statistics.unknown + statistics.malformed != 0;
  return faults || confused || statistics.total_answers == 0 ? faults_found : good;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGTERM, [](int) { stop = true; });
  try {
    return run(bench::read_settings(std::span(argv, static_cast<std::size_t>(argc))));
  } catch (const bench::UsageError& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return wrong_usage;
  } catch (const bench::ConnectError& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return not_connected;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return faults_found;
  }
}

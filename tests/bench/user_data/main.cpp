// SPDX-License-Identifier: Apache-2.0
// How long User-Data takes: a document whose service profile is kept, and one whose service profile is rendered as
// well.
#include "tests/support/sample_profiles.h"

#include <benchmark/benchmark.h>

namespace {

// Microseconds a document, as the rate says it; the size of the document as a label.
void report(benchmark::State& state, std::size_t octets) {
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::to_string(octets) + " octets");
}

void kept(benchmark::State& state) {
  const int number = static_cast<int>(state.range(0));
  const auto profile = number == 0 ? support::hard_profile(200) : support::sample_profile(number);
  const std::vector<hss::UserDataRenderer::Request> requests{{profile.user, support::sample_form(number)}};
  hss::UserDataRenderer renderer(1);
  std::size_t octets = 0;
  for (auto _ : state) {
    octets = renderer.render(requests, [&](auto) { return profile.services; }).front().size();
  }
  report(state, octets);
}
BENCHMARK(kept)->Arg(1)->Arg(2)->Arg(5)->Arg(0)->ArgName("sample");

void rendered_anew(benchmark::State& state) {
  const int number = static_cast<int>(state.range(0));
  const auto profile = number == 0 ? support::hard_profile(200) : support::sample_profile(number);
  const auto form = support::sample_form(number);
  std::size_t octets = 0;
  for (auto _ : state) {
    octets = support::rendered(profile, form).size();
  }
  report(state, octets);
}
BENCHMARK(rendered_anew)->Arg(1)->Arg(2)->Arg(5)->Arg(0)->ArgName("sample");

}  // namespace

BENCHMARK_MAIN();

// SPDX-License-Identifier: Apache-2.0
// What a fuzzer holds its target to.
#pragma once

#include <cstdio>
#include <cstdlib>

inline void must(bool claim, const char* text) {
  if (claim) return;
  (void)std::fprintf(stderr, "broken: %s\n", text);
  std::abort();
}

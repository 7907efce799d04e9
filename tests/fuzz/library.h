// SPDX-License-Identifier: Apache-2.0
// freeDiameter's library for a fuzzer: silent, with a name of its own, and with our dictionary.
#pragma once

#include "diameter_ext/applications.h"
#include "diameter_ext/dictionary/define.h"
#include "fuzz/fuzzed.h"
#include "support/diameter_library.h"

#include <sanitizer/lsan_interface.h>

inline const diameter_ext::Dictionary& started_library() {
  static const auto dictionary = [] {
    const __lsan::ScopedDisabler library_keeps_its_own_names;
    support::start_library();
    return diameter_ext::define_dictionary(diameter_ext::applications());
  }();
  return dictionary;
}

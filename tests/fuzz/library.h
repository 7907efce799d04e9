// SPDX-License-Identifier: Apache-2.0
// freeDiameter's library for a fuzzer: silent, with a name of its own, and with our dictionary.
#pragma once

#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/fd.h"
#include "fuzz/fuzzed.h"

#include <cstdarg>
#include <cstring>

inline const diameter_ext::Dictionary& started_library() {
  static const auto dictionary = [] {
    must(fd_core_initialize() == 0, "fd_core_initialize");
    fd_log_handler_register([](int, const char*, va_list) {});
    fd_g_config->cnf_diamid = strdup("hss.ims.test");
    fd_g_config->cnf_diamid_len = std::strlen(fd_g_config->cnf_diamid);
    fd_g_config->cnf_diamrlm = strdup("ims.test");
    fd_g_config->cnf_diamrlm_len = std::strlen(fd_g_config->cnf_diamrlm);
    return diameter_ext::define_dictionary();
  }();
  return dictionary;
}

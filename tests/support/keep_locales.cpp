// SPDX-License-Identifier: Apache-2.0
// Preloaded beside a sanitizer's runtime: with that in the process glibc's lock for locales is in disorder before main,
// so that whoever takes it for writing would wait there for ever: p11-kit, which frees its locale when the process
// ends, and libpq, which says where its translations are before its first message.
#include <clocale>

extern "C" __attribute__((visibility("default"))) void freelocale(locale_t /*unused*/) noexcept {}
extern "C" __attribute__((visibility("default"))) char* bindtextdomain(const char* /*unused*/,
                                                                       const char* /*unused*/) noexcept {
  return nullptr;
}

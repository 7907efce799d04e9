// Preloaded beside a sanitizer's runtime: p11-kit frees its locale when the process ends, and with that runtime in
// the process glibc's lock for locales is in disorder before main, so that the process would wait there for ever.
#include <clocale>

extern "C" __attribute__((visibility("default"))) void freelocale(locale_t /*unused*/) noexcept {}

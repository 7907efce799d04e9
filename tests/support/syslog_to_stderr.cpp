// SPDX-License-Identifier: Apache-2.0
// Preloaded into the server: what SoftHSM tells syslog goes where the server's own log goes, so that it can be
// searched.
#include <cstdarg>
#include <cstdio>

extern "C" __attribute__((visibility("default"))) void __syslog_chk(int /*priority*/, int /*flag*/, const char* format,
                                                                    ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
}

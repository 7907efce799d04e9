// SPDX-License-Identifier: Apache-2.0
// Preloaded: for freeDiameter's libraries alone, time runs QUINTET_HURRY times as fast, so that an hour passes in
// seconds.
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::int64_t second = 1'000'000'000;

// The version is named, since without one the oldest is found, and conditions were others then.
template <typename Function>
Function* original(Function*, const char* name, const char* version) {
  return reinterpret_cast<Function*>(dlvsym(RTLD_NEXT, name, version));
}

std::int64_t factor() {
  static const char* text = std::getenv("QUINTET_HURRY");
  static const std::int64_t value = text == nullptr ? 1 : std::max(1, std::atoi(text));
  return value;
}

bool is_freediameter(const void* caller) {
  Dl_info info{};
  return dladdr(caller, &info) != 0 && info.dli_fname != nullptr && std::strstr(info.dli_fname, "libfd") != nullptr;
}

std::int64_t nanoseconds_of(const timespec& time) { return time.tv_sec * second + time.tv_nsec; }
timespec time_of(std::int64_t nanoseconds) { return {nanoseconds / second, nanoseconds % second}; }

std::int64_t real_now(clockid_t clock) {
  static auto* const call = original(&clock_gettime, "clock_gettime", "GLIBC_2.17");
  timespec now{};
  call(clock, &now);
  return nanoseconds_of(now);
}

// Where both kinds of time agree: the first look at this clock.
std::int64_t start_of(clockid_t clock) {
  static const std::int64_t monotonic = real_now(CLOCK_MONOTONIC);
  static const std::int64_t realtime = real_now(CLOCK_REALTIME);
  return clock == CLOCK_MONOTONIC ? monotonic : realtime;
}

bool is_hurried(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC; }

timespec real_time_of(const timespec& hurried) {
  // A condition does not tell its clock; no machine runs for fifty years.
  const clockid_t clock = hurried.tv_sec > 1'600'000'000 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  const std::int64_t start = start_of(clock);
  return time_of(std::max<std::int64_t>(0, start + (nanoseconds_of(hurried) - start) / factor()));
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* const call = original(&clock_gettime, "clock_gettime", "GLIBC_2.17");
  const int result = call(clock, now);
  if (result == 0 && is_hurried(clock) && is_freediameter(__builtin_return_address(0))) {
    const std::int64_t start = start_of(clock);
    *now = time_of(start + (nanoseconds_of(*now) - start) * factor());
  }
  return result;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static auto* const call = original(&pthread_cond_timedwait, "pthread_cond_timedwait", "GLIBC_2.3.2");
  const timespec real = is_freediameter(__builtin_return_address(0)) ? real_time_of(*until) : *until;
  return call(condition, mutex, &real);
}

int poll(pollfd* descriptors, nfds_t count, int timeout) {
  static auto* const call = original(&poll, "poll", "GLIBC_2.2.5");
  const bool hurried = timeout > 0 && is_freediameter(__builtin_return_address(0));
  return call(descriptors, count, hurried ? std::max<int>(1, static_cast<int>(timeout / factor())) : timeout);
}
}  // extern "C"
#pragma GCC visibility pop

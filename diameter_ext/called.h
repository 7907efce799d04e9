// SPDX-License-Identifier: Apache-2.0
// What stands around everything that freeDiameter calls: its frames are C, and its threads end by being cancelled.
#pragma once

#include <pthread.h>

#include <exception>

namespace diameter_ext {

// While it lives, its thread is not cancelled (a cancellation waits): unwinding through frames of C++ that catch or
// that are noexcept, spdlog's among them, would end the process.
class CancellationOff {
 public:
  CancellationOff() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  CancellationOff(const CancellationOff&) = delete;
  CancellationOff& operator=(const CancellationOff&) = delete;
  ~CancellationOff() { pthread_setcancelstate(before_, nullptr); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

// For callbacks that only tell something: neither a cancellation nor an exception leaves them. What could not be told
// (there is no memory for it) is not told.
template <typename Body>
void tell_only(const Body& body) noexcept {
  const CancellationOff guard;
  try {
    body();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace diameter_ext

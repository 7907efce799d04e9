// SPDX-License-Identifier: Apache-2.0
// The freeDiameter headers, and the one way their calls are checked.
#pragma once

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <freeDiameter/libfdproto.h>

#include <stdexcept>
#include <string>

namespace diameter_ext {

// freeDiameter could not do what it was asked to; code is an errno value.
class FdError : public std::runtime_error {
 public:
  FdError(const char* call, int code)
      : std::runtime_error(std::string(call) + " failed with " + std::to_string(code)) {}
};

inline void check(int code, const char* call) {
  if (code != 0) {
    throw FdError(call, code);
  }
}

// An AVP as the library holds it; its own name for it is ours for one of the table.
using AvpHandle = ::avp;

// freeDiameter's interfaces take char* and do not write through it.
inline char* c_string(const char* text) { return const_cast<char*>(text); }

}  // namespace diameter_ext

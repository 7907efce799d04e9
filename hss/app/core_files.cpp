// SPDX-License-Identifier: Apache-2.0
// A limit of the kernel's and a mark on the process.
#include "hss/app/core_files.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace hss::app {

void no_core_files() noexcept {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace hss::app

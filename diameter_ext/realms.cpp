// SPDX-License-Identifier: Apache-2.0
// What the patched library asks of us.
#include "diameter_ext/realms.h"

#include "hsm/base/log.h"
#include "hss/app/permits.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace diameter_ext {
namespace {

using Serves = int (*)(const std::uint8_t* realm, std::size_t length);

std::vector<std::string> served;  // fixed while freeDiameter may ask

int serves(const std::uint8_t* realm, std::size_t length) {
  const std::string_view name(reinterpret_cast<const char*>(realm), length);
  return std::ranges::any_of(served, [&](const std::string& one) { return hss::app::matches(one, name); }) ? 1 : 0;
}

// Where libfdcore keeps whom to ask; null in the stock library.
Serves* place() { return static_cast<Serves*>(dlsym(RTLD_DEFAULT, "fd_quintet_serves_realm")); }

}  // namespace

void serve_realms(std::vector<std::string> realms) {
  served = std::move(realms);
  Serves* const at = place();
  if (at != nullptr) {
    __atomic_store_n(at, &serves, __ATOMIC_RELEASE);
  } else if (!served.empty()) {
    base::log(base::event("realms_not_served"), "",
              "hint=\"only the freeDiameter of deploy/freediameter passes on requests for the realms of "
              "diameter.realms; this one answers 3002\"");
  }
}

void serve_own_realm_only() noexcept {
  if (Serves* const at = place()) {
    __atomic_store_n(at, static_cast<Serves>(nullptr), __ATOMIC_RELEASE);
  }
}

}  // namespace diameter_ext

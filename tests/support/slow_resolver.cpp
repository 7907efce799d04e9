// SPDX-License-Identifier: Apache-2.0
// Preloaded: the name database.invalid takes four seconds to look up, and is not found.
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  using Original = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  if (node != nullptr && std::string_view(node) == "database.invalid") {
    std::this_thread::sleep_for(std::chrono::seconds(4));
    return EAI_NONAME;
  }
  return reinterpret_cast<Original>(dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints, found);
}

// SPDX-License-Identifier: Apache-2.0
// The functions of the hardened library, looked up once.
#include "diameter_ext/hardened.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace diameter_ext {
namespace {

// Null in Debian's library.
struct Library {
  std::uint64_t (*connection)(msg* request);
  int (*is_wanted)(msg* request);
  void (*send_answers)(msg** answers, std::size_t count);
};

template <typename Function>
Function find(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

const Library& library() {
  static const Library found{find<decltype(Library::connection)>("fd_quintet_connection"),
                             find<decltype(Library::is_wanted)>("fd_quintet_is_wanted"),
                             find<decltype(Library::send_answers)>("fd_quintet_send_answers")};
  return found;
}

void send_one_by_one(std::span<msg*> answers) noexcept {
  for (msg*& answer : answers) {
    if (fd_msg_send(&answer, nullptr, nullptr) != 0) {
      fd_msg_free(answer);
    }
  }
}

}  // namespace

std::uint64_t connection_of(msg* request) {
  return library().connection != nullptr ? library().connection(request)
                                         : std::hash<std::string_view>()(source_of(request));
}

bool is_wanted(msg* request) noexcept { return library().is_wanted == nullptr || library().is_wanted(request) != 0; }

bool sending_never_waits() noexcept { return library().send_answers != nullptr; }

void send_now(std::span<Message> answers) noexcept {
  constexpr std::size_t most = 32;
  while (!answers.empty()) {
    const auto some = answers.first(std::min(most, answers.size()));
    answers = answers.subspan(some.size());
    std::array<msg*, most> handles{};
    std::size_t count = 0;
    for (Message& answer : some) {
      if (answer != nullptr) {
        handles.at(count++) = answer.release();
      }
    }
    if (library().send_answers == nullptr) {
      send_one_by_one(std::span(handles).first(count));
    } else if (count > 0) {
      library().send_answers(handles.data(), count);
    }
  }
}

void send_now(Message answer) noexcept { send_now(std::span(&answer, 1)); }

}  // namespace diameter_ext

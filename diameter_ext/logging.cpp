// freeDiameter's log and hooks through spdlog.
#include "diameter_ext/logging.h"

#include "diameter_ext/called.h"
#include "diameter_ext/fd.h"
#include "diameter_ext/refusals.h"
#include "hss/app/log_limit.h"
#include "hss/app/logging.h"
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>

namespace diameter_ext {
namespace {

spdlog::level::level_enum level_of(int fd_level) {
  switch (fd_level) {
    case FD_LOG_ANNOYING:
    case FD_LOG_DEBUG:
      return spdlog::level::trace;
    case FD_LOG_NOTICE:
      return spdlog::level::debug;
    default:  // its ERROR is mostly a peer's mistake, its FATAL also an orderly stop
      return spdlog::level::warn;
  }
}

std::atomic<bool> starting{true};

void write_line(int fd_level, const char* format, va_list args) {
  std::array<char, 512> line{};
  if (vsnprintf(line.data(), line.size(), format, args) < 0) {
    return;
  }
  // Names and numbers stand behind the words that say what happened.
  constexpr std::size_t words = 40;
  static hss::app::LogLimit limit;
  const std::string_view text(line.data());
  if (starting.load() && fd_level >= FD_LOG_ERROR) {
    hss::app::tell_stderr(fmt::format("freediameter {}", hss::log_text(text, text.size())));
  }
  if (const auto held_back = limit.pass(text.substr(0, words))) {
    spdlog::log(level_of(fd_level), "freediameter held_back={} {}", *held_back, hss::log_text(text, text.size()));
  }
}

void log_line(int fd_level, const char* format, va_list args) {
  if (spdlog::should_log(level_of(fd_level))) {
    tell_only([&] { write_line(fd_level, format, args); });
  }
}

struct HookName {
  fd_hook_type type;
  std::string_view event;
  spdlog::level::level_enum level;
};
constexpr std::array<HookName, 7> hook_names{{
    {HOOK_MESSAGE_FAILOVER, "message_requeued", spdlog::level::debug},
    {HOOK_MESSAGE_PARSING_ERROR, "message_not_parsed", spdlog::level::debug},
    {HOOK_MESSAGE_PARSING_ERROR2, "message_refused", spdlog::level::debug},
    {HOOK_MESSAGE_ROUTING_ERROR, "message_not_routed", spdlog::level::debug},
    {HOOK_MESSAGE_DROPPED, "message_dropped", spdlog::level::info},
    {HOOK_PEER_CONNECT_FAILED, "peer_not_connected", spdlog::level::info},
    {HOOK_PEER_CONNECT_SUCCESS, "peer_connected", spdlog::level::info},
}};

// What these hooks are told besides the message is a text (libfdcore.h, fd_hook_type); without a message, of octets
// that were none, the octets.
std::string reason_of(fd_hook_type type, const msg* message, const void* other) {
  const bool is_text = type == HOOK_MESSAGE_DROPPED || type == HOOK_PEER_CONNECT_FAILED ||
                       type == HOOK_MESSAGE_ROUTING_ERROR || (type == HOOK_MESSAGE_PARSING_ERROR && message != nullptr);
  return is_text && other != nullptr ? fmt::format(" reason=\"{}\"", hss::log_text(static_cast<const char*>(other)))
                                     : std::string();
}

spdlog::level::level_enum level_of(const HookName& row, const msg* message) {
  const bool is_no_message = row.type == HOOK_MESSAGE_PARSING_ERROR && message == nullptr;  // nobody gets an answer
  return is_no_message ? spdlog::level::warn : row.level;
}

// Never the message: only what happened and with whom.
void write_event(const HookName& row, const msg* message, const peer_hdr* peer, const void* other) {
  static hss::app::LogLimit limit;
  const std::string_view name = peer == nullptr ? "unknown" : std::string_view(peer->info.pi_diamid);
  if (const auto held_back = limit.pass(std::string(row.event).append(name))) {
    spdlog::log(level_of(row, message), "{} peer=\"{}\"{} held_back={}", row.event, hss::log_text(name),
                reason_of(row.type, message, other), *held_back);
  }
}

// Of an answer that refuses, whom and why.
void log_hook(fd_hook_type type, msg* message, peer_hdr* peer, void* other, fd_hook_permsgdata* /*data*/,
              void* /*registered*/) {
  if (type == HOOK_MESSAGE_SENDING) {
    const CancellationOff guard;
    log_refusal(message, peer);
    return;
  }
  const auto* row = std::ranges::find(hook_names, type, &HookName::type);
  if (row != hook_names.end() && spdlog::should_log(level_of(*row, message))) {
    tell_only([&] { write_event(*row, message, peer, other); });
  }
}

fd_hook_hdl* hook_handle = nullptr;

}  // namespace

void redirect_logging() {
  check(fd_log_handler_register(log_line), "fd_log_handler_register");
  constexpr std::uint32_t every_hook_but_raw_data = ((1U << (HOOK_LAST + 1U)) - 1U) & ~(1U << HOOK_DATA_RECEIVED);
  check(fd_hook_register(every_hook_but_raw_data, log_hook, nullptr, nullptr, &hook_handle), "fd_hook_register");
}

void end_of_start() noexcept { starting = false; }

void restore_logging() noexcept {
  if (hook_handle != nullptr) {
    fd_hook_unregister(hook_handle);
    hook_handle = nullptr;
  }
  fd_log_handler_unregister();
}

}  // namespace diameter_ext

// freeDiameter's log and hooks through spdlog.
#include "diameter_ext/logging.h"

#include "diameter_ext/fd.h"
#include "hss/app/log_limit.h"
#include "hss/text_forms.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>
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

void log_line(int fd_level, const char* format, va_list args) {
  const auto level = level_of(fd_level);
  if (!spdlog::should_log(level)) {
    return;
  }
  static hss::app::LogLimit limit;
  const auto held_back = level >= spdlog::level::warn ? limit.pass() : std::optional<std::uint64_t>(0);
  if (!held_back) {
    return;
  }
  std::array<char, 512> line{};
  if (vsnprintf(line.data(), line.size(), format, args) >= 0) {
    spdlog::log(level, "freediameter held_back={} {}", *held_back, hss::log_text(line.data(), line.size()));
  }
}

struct HookName {
  fd_hook_type type;
  std::string_view event;
  spdlog::level::level_enum level;
};
constexpr std::array<HookName, 9> hook_names{{
    {HOOK_MESSAGE_FAILOVER, "message_requeued", spdlog::level::debug},
    {HOOK_MESSAGE_PARSING_ERROR, "message_not_parsed", spdlog::level::debug},
    {HOOK_MESSAGE_PARSING_ERROR2, "message_refused", spdlog::level::debug},
    {HOOK_MESSAGE_ROUTING_ERROR, "message_not_routed", spdlog::level::debug},
    {HOOK_MESSAGE_DROPPED, "message_dropped", spdlog::level::debug},
    {HOOK_PEER_CONNECT_FAILED, "peer_not_connected", spdlog::level::info},
    {HOOK_PEER_CONNECT_SUCCESS, "peer_connected", spdlog::level::info},
    {HOOK_MESSAGE_LOCAL, "", spdlog::level::off},
    {HOOK_MESSAGE_SENDING, "", spdlog::level::off},
}};

// Never the message: only what happened and with whom.
void log_hook(fd_hook_type type, msg* /*message*/, peer_hdr* peer, void* /*other*/, fd_hook_permsgdata* /*data*/,
              void* /*registered*/) {
  static hss::app::LogLimit limit;
  for (const HookName& row : hook_names) {
    if (row.type == type && row.level != spdlog::level::off && spdlog::should_log(row.level)) {
      if (const auto held_back = limit.pass()) {
        spdlog::log(row.level, "{} peer={} held_back={}", row.event,
                    peer == nullptr ? "unknown" : hss::log_text({peer->info.pi_diamid, peer->info.pi_diamidlen}),
                    *held_back);
      }
      return;
    }
  }
}

fd_hook_hdl* hook_handle = nullptr;

}  // namespace

void redirect_logging() {
  check(fd_log_handler_register(log_line), "fd_log_handler_register");
  constexpr std::uint32_t every_hook_but_raw_data = ((1U << (HOOK_LAST + 1U)) - 1U) & ~(1U << HOOK_DATA_RECEIVED);
  check(fd_hook_register(every_hook_but_raw_data, log_hook, nullptr, nullptr, &hook_handle), "fd_hook_register");
}

void restore_logging() noexcept {
  if (hook_handle != nullptr) {
    fd_hook_unregister(hook_handle);
    hook_handle = nullptr;
  }
  fd_log_handler_unregister();
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// freeDiameter's log and hooks through spdlog.
#include "diameter_ext/logging.h"

#include "diameter_ext/address.h"
#include "diameter_ext/called.h"
#include "diameter_ext/fd.h"
#include "diameter_ext/message.h"
#include "diameter_ext/refusals.h"
#include "hsm/base/log.h"
#include "hss/app/logging.h"
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace diameter_ext {
namespace {

base::level_enum level_of(int fd_level) {
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
  const std::string_view text(line.data());
  if (starting.load() && fd_level >= FD_LOG_ERROR) {
    hss::app::tell_stderr(fmt::format("freediameter {}", hss::log_text(text, text.size())));
  }
  base::log_at(level_of(fd_level), base::event("freediameter"), text.substr(0, words), "{}",
               hss::log_text(text, text.size()));
}

void log_line(int fd_level, const char* format, va_list args) {
  if (spdlog::should_log(level_of(fd_level))) {
    tell_only([&] { write_line(fd_level, format, args); });
  }
}

struct HookName {
  fd_hook_type type;
  base::Event event;
};
constexpr std::array<HookName, 8> hook_names{{
    {HOOK_MESSAGE_RECEIVED, base::event("peer_disconnects")},  // of all messages, see is_event
    {HOOK_MESSAGE_FAILOVER, base::event("message_requeued")},
    {HOOK_MESSAGE_PARSING_ERROR, base::event("message_not_parsed")},
    {HOOK_MESSAGE_PARSING_ERROR2, base::event("message_refused")},
    {HOOK_MESSAGE_ROUTING_ERROR, base::event("message_not_routed")},
    {HOOK_MESSAGE_DROPPED, base::event("message_dropped")},
    {HOOK_PEER_CONNECT_FAILED, base::event("peer_not_connected")},
    {HOOK_PEER_CONNECT_SUCCESS, base::event("peer_connected")},
}};

// What a hook was told.
struct Told {
  fd_hook_type type;
  msg* message;
  peer_hdr* peer;
  const void* other;
};

const msg_hdr* header_of(const Told& told) {
  msg_hdr* header = nullptr;
  return told.message != nullptr && fd_msg_hdr(told.message, &header) == 0 ? header : nullptr;
}

bool is_request(const Told& told) {
  const msg_hdr* const header = header_of(told);
  return header != nullptr && (header->msg_flags & CMD_FLAG_REQUEST) != 0;
}

// Octets that were no message, if that is what this is about.
const fd_cnx_rcvdata* octets_of(const Told& told) {
  return told.type == HOOK_MESSAGE_PARSING_ERROR && told.message == nullptr
             ? static_cast<const fd_cnx_rcvdata*>(told.other)
             : nullptr;
}

constexpr std::uint32_t disconnect_peer = 282;

// Of the messages that are received only the request to disconnect is one.
bool is_event(const Told& told) {
  const msg_hdr* const header = header_of(told);
  return told.type != HOOK_MESSAGE_RECEIVED ||
         (header != nullptr && header->msg_code == disconnect_peer && is_request(told));
}

// From whom the message came; of an answer, who asked.
std::string name_of(const Told& told) {
  if (told.peer != nullptr) {
    return told.peer->info.pi_diamid;
  }
  msg* query = nullptr;
  if (told.message == nullptr) {
    return {};
  }
  const bool has_query = !is_request(told) && fd_msg_answ_getq(told.message, &query) == 0 && query != nullptr;
  return std::string(source_of(has_query ? query : told.message));
}

// Nobody gets an answer where there is no message; where a peer's request could not be parsed, the refusal is told of.
base::level_enum level_of(const HookName& row, const Told& told) {
  if (octets_of(told) != nullptr) {
    return spdlog::level::warn;
  }
  const bool is_refused = row.type == HOOK_MESSAGE_PARSING_ERROR && is_request(told) && !name_of(told).empty();
  return is_refused ? base::level_enum::debug : row.event->level;
}

// Most significant octet first.
std::uint32_t number_of(std::span<const std::uint8_t> octets) {
  std::uint32_t out = 0;
  for (const std::uint8_t octet : octets) {
    out = out << 8U | octet;
  }
  return out;
}

// Empty where there is none. Of octets that are no message it is what stands where a message has it.
std::string command_of(const Told& told) {
  constexpr std::size_t header_length = 20;
  const fd_cnx_rcvdata* const octets = octets_of(told);
  if (octets != nullptr && octets->length >= header_length) {
    const std::span<const std::uint8_t> header(octets->buffer, header_length);
    return command_name(number_of(header.subspan(8, 4)), number_of(header.subspan(5, 3)));
  }
  const msg_hdr* const header = header_of(told);
  return header == nullptr ? std::string() : command_name(header->msg_appl, header->msg_code);
}

// What these hooks are told besides the message is a text (libfdcore.h, fd_hook_type).
std::string_view reason_of(const Told& told) {
  if (octets_of(told) != nullptr) {
    return "the octets are no Diameter message";
  }
  const bool is_text = told.type == HOOK_MESSAGE_DROPPED || told.type == HOOK_PEER_CONNECT_FAILED ||
                       told.type == HOOK_MESSAGE_ROUTING_ERROR || told.type == HOOK_MESSAGE_PARSING_ERROR;
  return is_text && told.other != nullptr ? static_cast<const char*>(told.other) : std::string_view{};
}

// The words of a reason and the address in it, without other numbers and what stands in quotes: names and ports.
std::string words_of(std::string_view reason) {
  constexpr std::string_view before_address = "from [";
  std::string out;
  if (const auto found = reason.find(before_address); found != std::string_view::npos) {
    out = reason.substr(found, reason.find(']', found) - found);
  }
  bool quoted = false;
  for (const char letter : reason) {
    quoted = (letter == '\'') != quoted;
    if (!quoted && (letter < '0' || letter > '9')) {
      out += letter;
    }
  }
  return out;
}

// Made-up codes of commands are no causes of their own.
std::string cause_of(const Told& told) {
  const std::string command = command_of(told);
  const bool is_known = !command.empty() && (command.front() < '0' || command.front() > '9');
  return fmt::format("{} {} {}", name_of(told), is_known ? command : "", words_of(reason_of(told)));
}

// Never the message: only what happened, with whom and why.
std::string line_of(const Told& told) {
  constexpr std::size_t longest_reason = 256;
  const std::string peer = name_of(told);
  std::string line = fmt::format("peer=\"{}\"", peer.empty() ? "unknown" : hss::log_text(peer));
  const auto add = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) {
      line += fmt::format(" {}={}", name, text);
    }
  };
  add("from", told.peer == nullptr ? std::string() : address_of(told.peer));
  add("command", command_of(told));
  const std::string_view reason = reason_of(told);
  add("reason", reason.empty() ? std::string() : fmt::format("\"{}\"", hss::log_text(reason, longest_reason)));
  return line;
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
  if (row == hook_names.end()) {
    return;
  }
  tell_only([&] {
    const Told told{type, message, peer, other};
    if (is_event(told)) {
      base::log_made(
          level_of(*row, told), row->event, [&] { return cause_of(told); }, [&] { return line_of(told); });
    }
  });
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

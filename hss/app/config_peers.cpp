// SPDX-License-Identifier: Apache-2.0
// Reads [[diameter.peer]], entry by entry.
#include "hss/app/config_peers.h"

#include "hss/app/config_permits.h"
#include "hss/app/config_values.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hss::app {
namespace {

template <typename Value>
struct Word {
  std::string_view word;
  Value value;
};
constexpr std::array<Word<Busy>, 3> busy_words{
    {{"3004", Busy::too_busy}, {"5012", Busy::unable_to_comply}, {"none", Busy::none}}};
constexpr std::array<Word<bool>, 2> type_2_words{{{"capabilities", false}, {"registration", true}}};
constexpr std::array<Word<Pushes>, 3> push_words{
    {{"ppr", Pushes::ppr}, {"rtr-instead", Pushes::rtr_instead}, {"none", Pushes::none}}};
constexpr std::array<Word<Extensions>, 3> extension_words{
    {{"full", Extensions::full}, {"rel7", Extensions::rel7}, {"none", Extensions::absent}}};

// All of these: empty when there is no fault.
template <typename Value, typename Member, std::size_t count>
std::string read_word(const toml::node& node, const std::array<Word<Value>, count>& words, Member& into) {
  const auto text = node.value_exact<std::string>();
  const auto found = std::ranges::find(words, text.value_or(""), &Word<Value>::word);
  if (found != words.end()) {
    into = found->value;
    return "";
  }
  std::string fault = (text ? in_quotes(*text) + " is not known" : "is not a string") + ", allowed is ";
  for (const auto& one : words) {
    fault += (&one == words.data() ? "" : ", ") + in_quotes(one.word);
  }
  return fault;
}

std::string read_flag(const toml::node& node, bool& into) {
  const auto value = node.value_exact<bool>();
  into = value.value_or(into);
  return value ? "" : "is not a boolean";
}

void set_busy(const CommandSet& commands, std::optional<Busy> busy, PeerConfig& peer) {
  for (std::size_t i = 0; i < command_count; ++i) {
    if (commands[i]) {
      peer.busy[i] = busy;
    }
  }
}

// For all commands, or for those that a table names. It is in the order of its keys, in which "Cx:*" precedes
// "Cx:UAR": the single command has the last word.
std::string read_busy(const toml::node& node, PeerConfig& peer) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    std::optional<Busy> all;
    auto fault = read_word(node, busy_words, all);
    peer.busy.fill(all);
    return fault;
  }
  for (const auto& [command, value] : *table) {
    const auto commands = commands_named(command.str());
    if (!commands) return in_quotes(command.str()) + " is not known, allowed is " + all_words();
    std::optional<Busy> busy;
    if (auto fault = read_word(value, busy_words, busy); !fault.empty()) {
      return std::string(command.str()) + ": " + fault;
    }
    set_busy(*commands, busy, peer);
  }
  return table->empty() ? "is empty" : "";
}

std::string read_pattern(const toml::node& node, PeerConfig& peer) {
  peer.peer = node.value_exact<std::string>().value_or("");
  return peer.peer.empty() ? "is not a name" : pattern_fault(peer.peer);
}

struct Entry {
  std::string_view name;
  std::string (*read)(const toml::node&, PeerConfig&);
};
constexpr std::array<Entry, 8> entries{{
    {"peer", read_pattern},
    {"busy", read_busy},
    {"server_name_first",
     [](const toml::node& node, PeerConfig& peer) { return read_flag(node, peer.server_name_first); }},
    {"user_authorization_type_2",
     [](const toml::node& node, PeerConfig& peer) {
       return read_word(node, type_2_words, peer.type_2_is_registration);
     }},
    {"user_data_always",
     [](const toml::node& node, PeerConfig& peer) { return read_flag(node, peer.user_data_always); }},
    {"user_data_extensions",
     [](const toml::node& node, PeerConfig& peer) {
       return read_word(node, extension_words, peer.user_data_extensions);
     }},
    {"pushes", [](const toml::node& node, PeerConfig& peer) { return read_word(node, push_words, peer.pushes); }},
    {"push_timeout_is_done",
     [](const toml::node& node, PeerConfig& peer) { return read_flag(node, peer.push_timeout_is_done); }},
}};

std::string read_entry(std::string_view name, const toml::node& node, PeerConfig& peer) {
  const auto entry = std::ranges::find(entries, name, &Entry::name);
  if (entry != entries.end()) return entry->read(node, peer);
  std::string fault = "unknown, allowed is ";
  for (const Entry& one : entries) {
    fault += (&one == entries.data() ? "" : ", ") + std::string(one.name);
  }
  return fault;
}

std::string read_peer(const toml::table& table, PeerConfig& peer) {
  for (const auto& [key, node] : table) {
    if (const auto fault = read_entry(key.str(), node, peer); !fault.empty()) {
      return std::string(key.str()) + ": " + fault + " (line " + std::to_string(node.source().begin.line) + ")";
    }
  }
  return table.contains("peer") ? "" : "peer: missing (line " + std::to_string(table.source().begin.line) + ")";
}

}  // namespace

ConfigValue peers_value() {
  return tables<PeerConfig>([](Config& config) -> std::vector<PeerConfig>& { return config.diameter.peers; },
                            "tables [[diameter.peer]]; * for any labels", read_peer);
}

}  // namespace hss::app

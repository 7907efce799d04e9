// SPDX-License-Identifier: Apache-2.0
// Reads a value of each kind, and tells what is wrong with it.
#include "hss/app/config_values.h"

#include "hss/text_forms.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace hss::app {
namespace {

std::string hex_of(const auc::Amf& amf) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto octet : amf.octets) out += {digits[octet >> 4U], digits[octet & 15U]};
  return out;
}

}  // namespace

const Config& standard() {
  static const Config config;
  return config;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

ConfigValue flag(Field<bool> at) {
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    const auto value = node.value_exact<bool>();
    if (!value) return "is not a boolean";
    at(config) = *value;
    return std::nullopt;
  };
  return {"true or false", standard_of(at) ? "true" : "false", read};
}

ConfigValue text(Field<std::string> at, std::string_view what, Empty empty) {
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    auto value = node.value_exact<std::string>();
    if (!value) return "is not a string";
    if (value->find('\0') != std::string::npos) return "contains a NUL";
    if (value->empty() && empty == Empty::refused) return "is empty";
    at(config) = std::move(*value);
    return std::nullopt;
  };
  const std::string shown = standard_of(at);
  return {std::string(what), shown.empty() && empty == Empty::refused ? "" : in_quotes(shown), read};
}

ConfigValue path(Field<std::filesystem::path> at, std::string_view what, Empty empty) {
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    const auto value = node.value_exact<std::string>();
    if (!value) return "is not a string";
    if (value->find('\0') != std::string::npos) return "contains a NUL";
    if (value->empty() && empty == Empty::refused) return "is empty";
    at(config) = *value;
    return std::nullopt;
  };
  return {std::string(what), empty == Empty::allowed ? in_quotes(standard_of(at).string()) : "", read};
}

ConfigValue name_space(Field<std::string> at) {
  constexpr std::size_t longest = 255;
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    auto value = node.value_exact<std::string>();
    if (!value) return "is not a string";
    if (value->size() > longest || (!value->empty() && !is_plain_text(*value))) return "is no plain text of 255 octets";
    at(config) = std::move(*value);
    return std::nullopt;
  };
  return {"plain text", in_quotes(standard_of(at)), read};
}

std::string name_fault(const std::string& name) {
  return name.empty() || name.find('\0') != std::string::npos ? "has an element that is empty or has a NUL" : "";
}

std::string realm_fault(const std::string& realm) {
  constexpr std::size_t longest = 255;
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; };
  const bool is_name = !realm.empty() && realm.size() <= longest && std::ranges::all_of(realm, fits);
  return is_name ? "" : in_quotes(realm) + " is not the name of a realm";
}

std::string address_fault(const std::string& address) {
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  const bool parsed = ::inet_pton(AF_INET, address.c_str(), octets.data()) == 1 ||
                      ::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1;
  return parsed && name_fault(address).empty() ? "" : in_quotes(address) + " is not an IP address";
}

std::string read_elements(const toml::node& node, ElementFault fault_in, std::vector<std::string>& out) {
  const auto* array = node.as_array();
  if (array == nullptr) return "is not an array";
  for (const auto& element : *array) {
    auto value = element.value_exact<std::string>();
    if (!value) return "has an element that is not a string";
    if (auto fault = fault_in(*value); !fault.empty()) return fault;
    out.push_back(std::move(*value));
  }
  return "";
}

ConfigValue list(Field<std::vector<std::string>> at, std::string_view what, ElementFault fault_in) {
  const auto read = [=](const toml::node& node, Config& config) -> ValueFault {
    std::vector<std::string> elements;
    if (auto fault = read_elements(node, fault_in, elements); !fault.empty()) return fault;
    at(config) = std::move(elements);
    return std::nullopt;
  };
  return {std::string(what), "[]", read};
}

ConfigValue index_range(auc::Domain domain) {
  const auto at = static_cast<std::size_t>(domain);
  const auto read = [at](const toml::node& node, Config& config) -> ValueFault {
    const auto* array = node.as_array();
    if (array == nullptr || array->size() != 2) return "is not an array of two integers";
    std::array<std::uint8_t, 2> ends{};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto value = (*array)[i].value_exact<std::int64_t>();
      if (!value) return "is not an array of two integers";
      if (*value < 0 || *value > std::numeric_limits<std::uint8_t>::max()) {
        return std::to_string(*value) + " is out of range";
      }
      ends[i] = static_cast<std::uint8_t>(*value);
    }
    config.sqn.policy.ranges[at] = auc::IndRange{ends[0], ends[1]};
    return std::nullopt;
  };
  const auto& range = standard().sqn.policy.ranges[at];
  const std::string shown = range ? "[" + std::to_string(range->low) + ", " + std::to_string(range->high) + "]" : "";
  return {"[low, high], 0..2^ind_bits-1, inclusive", shown, read};
}

ConfigValue amf(auc::Domain domain) {
  const auto at = static_cast<std::size_t>(domain);
  const auto read = [at](const toml::node& node, Config& config) -> ValueFault {
    const auto value = node.value_exact<std::string>();
    if (!value) return "is not a string";
    unsigned number = 0;
    const char* end = value->data() + value->size();
    const auto parsed = std::from_chars(value->data(), end, number, 16);
    if (value->size() != 4 || parsed.ec != std::errc{} || parsed.ptr != end)
      return in_quotes(*value) + " is not an AMF";
    config.authentication.amf[at].octets = {static_cast<std::uint8_t>(number >> 8U),
                                            static_cast<std::uint8_t>(number & 0xffU)};
    return std::nullopt;
  };
  return {"four hexadecimal digits", in_quotes(hex_of(standard().authentication.amf[at])), read};
}

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// The forms in which people write keys.
#include "hss/cli/key_like.h"

#include "hss/cli/octets.h"
#include "hss/cli/secret_lines.h"

#include <openssl/evp.h>

#include <algorithm>

namespace hss::app::cli {
namespace {

constexpr std::size_t key_octets = 16;
constexpr std::size_t base64_digits = 22;  // of 16 octets, without padding

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_separator(char c) { return std::string_view(" .:-_").find(c) != std::string_view::npos; }
bool is_base64(char c) {  // also in the alphabet for URLs
  return is_upper(c) || is_lower(c) || is_digit(c) || std::string_view("+/-_").find(c) != std::string_view::npos;
}

bool has_hex_key(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_hex(c)) {
      if (++digits == 2 * key_octets) return true;
    } else if (!is_separator(c)) {
      digits = 0;
    }
  }
  return false;
}

// The last digit has two bits of the key, so it is one of four; names seldom mix cases as base64 does.
bool is_base64_key(std::string_view digits) {
  return std::string_view("AQgw").find(digits.back()) != std::string_view::npos &&
         std::ranges::any_of(digits, is_upper) && std::ranges::any_of(digits, is_lower);
}

bool has_base64_key(std::string_view text) {
  while (!text.empty()) {
    const auto* end = std::ranges::find_if_not(text, is_base64);
    const auto size = static_cast<std::size_t>(end - text.begin());
    const std::string_view run = text.substr(0, size);
    if (size >= base64_digits &&
        (is_base64_key(run.substr(0, base64_digits)) || is_base64_key(run.substr(size - base64_digits)))) {
      return true;
    }
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return false;
}

std::string_view text_of(hsm::Bytes octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // octets are text here
}

// The digits that depend on nothing but the secret.
hsm::HeapSecret base64_of(hsm::Bytes secret) {
  hsm::HeapSecret text(secret.size() / 3 * 4 + 5);
  EVP_EncodeBlock(text.edit().data(), secret.data(), static_cast<int>(secret.size()));
  return hsm::HeapSecret(text.view().first(secret.size() * 8 / 6));
}

bool holds(std::string_view text, hsm::Bytes part) { return text.find(text_of(part)) != std::string_view::npos; }

}  // namespace

bool could_be_key(std::string_view text) { return has_hex_key(text) || has_base64_key(text); }

bool shows(std::string_view text, hsm::Bytes secret) {
  if (secret.empty()) return false;
  hsm::HeapSecret hex(secret.size() * 2);
  encode_hex(secret, hex.edit());
  hsm::HeapSecret base64 = base64_of(secret);
  if (holds(text, secret) || holds(lower(text), hex.view()) || holds(text, base64.view())) return true;
  std::ranges::replace(base64.edit(), std::uint8_t{'+'}, std::uint8_t{'-'});
  std::ranges::replace(base64.edit(), std::uint8_t{'/'}, std::uint8_t{'_'});
  return holds(text, base64.view());
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// Hexadecimal and base64.
#include "hss/cli/octets.h"

#include <openssl/evp.h>

namespace hss::app::cli {
namespace {

constexpr std::size_t most_blob_octets = 1024;

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
  std::vector<std::uint8_t> octets(text.size() / 4 * 3);
  const int size =
      EVP_DecodeBlock(octets.data(), reinterpret_cast<const unsigned char*>(text.data()),  // OpenSSL's type
                      static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  octets.resize(static_cast<std::size_t>(size) - padding);
  return octets;
}

}  // namespace

void encode_hex(hsm::Bytes octets, hsm::MutableBytes out) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < octets.size(); ++i) {
    out[2 * i] = static_cast<std::uint8_t>(digits[octets[i] >> 4U]);
    out[2 * i + 1] = static_cast<std::uint8_t>(digits[octets[i] & 15U]);
  }
}

std::string hex_of(hsm::Bytes octets) {
  std::string text(octets.size() * 2, '\0');
  encode_hex(octets, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // digits are text
  return text;
}

bool decode_hex(std::string_view text, hsm::MutableBytes out) noexcept {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

// What could be both is hexadecimal: a base64 text of an AES blob without a letter beyond F is all but impossible.
std::optional<std::vector<std::uint8_t>> decode_blob(std::string_view text) {
  if (text.empty() || text.size() > most_blob_octets * 2) return std::nullopt;
  std::vector<std::uint8_t> octets(text.size() / 2);
  if (decode_hex(text, octets)) return octets;
  if (text.size() % 4 != 0) return std::nullopt;
  return decode_base64(text);
}

}  // namespace hss::app::cli

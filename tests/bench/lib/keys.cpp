// SPDX-License-Identifier: Apache-2.0
// Derives bench keys with SHA-256 and reads key files.
#include "keys.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <openssl/evp.h>

namespace bench {
namespace {

constexpr std::uint64_t most_rows = 10'000'000;

Block first_half_of_digest(std::string_view label, std::uint64_t index) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const std::string text = std::string(label) + std::to_string(index);
  std::array<std::uint8_t, 32> digest;
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, sha256, nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  Block half;
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

std::optional<Block> block_of_hex(std::string_view hex) {
  Block block;
  if (hex.size() != 2 * block.size()) return std::nullopt;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const char* first = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(first, first + 2, block[i], 16);
    if (error != std::errc{} || end != first + 2) return std::nullopt;
  }
  return block;
}

std::optional<std::uint64_t> number_at_end(std::string_view name) {
  const std::size_t last_other = name.find_last_not_of("0123456789");
  const std::string_view digits = last_other == std::string_view::npos ? name : name.substr(last_other + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || number >= most_rows) return std::nullopt;
  return number;
}

void store_row(std::string_view row, std::vector<SubscriberKeys>& keys) {
  const std::size_t first = row.find(',');
  const std::size_t second = row.find(',', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos)
    throw std::runtime_error("not three columns");
  const auto index = number_at_end(row.substr(0, first));
  const auto k = block_of_hex(row.substr(first + 1, second - first - 1));
  const auto opc = block_of_hex(row.substr(second + 1));
  if (!index || !k || !opc) throw std::runtime_error("not an index and two keys of 32 hex digits");
  if (keys.size() <= *index) keys.resize(*index + 1);
  keys[*index] = {*k, *opc};
}

}  // namespace

SubscriberKeys derived_keys(std::uint64_t index) {
  return {first_half_of_digest("quintet bench k", index), first_half_of_digest("quintet bench opc", index)};
}

std::vector<SubscriberKeys> read_keys(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<SubscriberKeys> keys;
  std::string row;
  for (std::size_t line = 1; std::getline(in, row); ++line) {
    if (!row.empty() && row.back() == '\r') row.pop_back();
    if (row.empty() || (line == 1 && row.ends_with(",opc"))) continue;
    try {
      store_row(row, keys);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file + ":" + std::to_string(line) + ": " + error.what());
    }
  }
  return keys;
}

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
// Binary results: integers, text, booleans and one-dimensional arrays in PostgreSQL's send formats.
#include "hss/pg/connection.h"

#include <charconv>

namespace hss::pg {
namespace {

// Two's complement, most significant octet first.
std::int64_t number_of(std::string_view value, int column) {
  if (value.size() != 2 && value.size() != 4 && value.size() != 8) {
    throw StoreError(StoreFailure::config, "column " + std::to_string(column) + " is not an integer");
  }
  std::uint64_t out = (static_cast<unsigned char>(value.front()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : value) {
    out = out << 8U | static_cast<unsigned char>(c);
  }
  return static_cast<std::int64_t>(out);
}

}  // namespace

std::size_t Result::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Result::octets(int row, int column) const noexcept {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const { return number_of(octets(row, column), column); }

std::vector<std::int64_t> Result::integers(int row, int column) const {
  std::vector<std::int64_t> out;
  for (const auto element : elements(row, column)) {
    out.push_back(number_of(element, column));
  }
  return out;
}

// PostgreSQL's array_send: dimensions, null flag and type; length and lower bound; then each element with its length.
std::vector<std::string_view> Result::elements(int row, int column) const {
  std::string_view rest = octets(row, column);
  const auto take = [&](std::size_t size) {
    if (rest.size() < size) {
      throw StoreError(StoreFailure::config, "column " + std::to_string(column) + " is not an array");
    }
    const auto taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  constexpr std::size_t head_size = 12;
  constexpr std::size_t dimension_size = 8;
  std::vector<std::string_view> out;
  if (rest.size() <= head_size) {
    return out;
  }
  take(head_size);
  const auto count = number_of(take(dimension_size).substr(0, 4), column);
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(take(static_cast<std::size_t>(number_of(take(4), column))));
  }
  return out;
}

bool Result::flag(int row, int column) const noexcept {
  const std::string_view value = octets(row, column);
  return !value.empty() && value.front() != '\0';
}

}  // namespace hss::pg

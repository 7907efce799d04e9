// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's send formats: integers, text, booleans and one-dimensional arrays.
#include "hss/pg/cursor.h"

#include "hss/store_error.h"

namespace hss::pg {

void Cursor::end() const {
  if (row_ >= 0 && column_ != result_->columns()) {
    fail("was not read, or is not there", column_);
  }
}

bool Cursor::next() {
  end();
  column_ = 0;
  return ++row_ < result_->rows();
}

bool Cursor::at_null() const {
  if (column_ >= result_->columns()) {
    fail("is not there", column_);
  }
  return PQgetisnull(result_->get(), row_, column_) != 0;
}

std::string_view Cursor::octets() {
  if (column_ >= result_->columns()) {
    fail("is not there", column_);
  }
  const int column = column_++;
  return {PQgetvalue(result_->get(), row_, column),
          static_cast<std::size_t>(PQgetlength(result_->get(), row_, column))};
}

std::int64_t Cursor::integer() { return number_of(octets()); }

// Two's complement, most significant octet first.
std::int64_t Cursor::number_of(std::string_view value) const {
  if (value.size() != 2 && value.size() != 4 && value.size() != 8) {
    fail("is not an integer", column_ - 1);
  }
  std::uint64_t out = (static_cast<unsigned char>(value.front()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : value) {
    out = out << 8U | static_cast<unsigned char>(c);
  }
  return static_cast<std::int64_t>(out);
}

std::vector<std::int64_t> Cursor::integers() {
  std::vector<std::int64_t> out;
  for (const auto element : elements()) {
    out.push_back(number_of(element));
  }
  return out;
}

// PostgreSQL's array_send: dimensions, null flag and type; length and lower bound; then each element with its length.
std::vector<std::string_view> Cursor::elements() {
  std::string_view rest = octets();
  const auto take = [&](std::size_t size) {
    if (rest.size() < size) {
      fail("is not an array", column_ - 1);
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
  const auto count = number_of(take(dimension_size).substr(0, 4));
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(take(static_cast<std::size_t>(number_of(take(4)))));
  }
  return out;
}

void Cursor::fail(const char* what, int column) const {
  const char* name = column < result_->columns() ? PQfname(result_->get(), column) : nullptr;
  throw StoreError(StoreFailure::config, "statement " + std::string(result_->statement()) + ", column " +
                                             std::to_string(column + 1) + " (" + (name == nullptr ? "" : name) + ") " +
                                             what);
}

}  // namespace hss::pg

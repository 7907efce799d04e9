// SPDX-License-Identifier: Apache-2.0
// Binary parameters for one prepared statement: arrays and scalars in PostgreSQL's wire format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::pg {

// As PQsendQueryPrepared wants them; valid as long as the Params they come from, and until its next add.
struct Values {
  std::vector<const char*> pointers;
  std::vector<int> lengths;
};

// Values are appended in the order of $1, $2, ...; the octets live in this object until it is destroyed.
class Params {
 public:
  void add(std::string_view text);
  void add(std::int64_t value);
  void add(std::span<const std::string_view> texts);
  void add(std::span<const std::int64_t> values);
  void add(std::span<const std::int16_t> values);
  void add(std::span<const std::optional<std::int64_t>> values);
  void add(std::span<const std::optional<std::string_view>> texts);
  void add_octets(std::span<const std::optional<std::string_view>> values);  // bytea[]
  void add_flags(std::span<const std::uint8_t> flags);                       // boolean[]

  [[nodiscard]] int count() const noexcept { return static_cast<int>(values_.size()); }
  // Whether each array has one element: then the statement can do without arrays.
  [[nodiscard]] bool is_one_row() const noexcept { return is_one_row_; }
  [[nodiscard]] Values values() const;
  [[nodiscard]] Values elements() const;  // in place of each array its only element

 private:
  struct Value {
    std::string octets;
    bool is_array;
  };
  void add_array(std::string octets, std::size_t count);

  std::vector<Value> values_;
  bool is_one_row_ = true;
};

}  // namespace hss::pg

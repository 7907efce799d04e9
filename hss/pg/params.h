// Binary parameters for one prepared statement: arrays and scalars in PostgreSQL's wire format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::pg {

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
  // As PQsendQueryPrepared wants them; valid until the next add.
  [[nodiscard]] std::vector<const char*> pointers() const;
  [[nodiscard]] std::vector<int> lengths() const;

 private:
  std::vector<std::string> values_;
};

}  // namespace hss::pg

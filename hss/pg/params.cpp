// SPDX-License-Identifier: Apache-2.0
// Binary parameters: PostgreSQL's send formats of int2, int8, text, bytea, boolean and one-dimensional arrays of them.
#include "hss/pg/params.h"

#include <utility>

namespace hss::pg {
namespace {

constexpr std::size_t head_octets = 20;  // of an array that has elements
constexpr std::size_t length_octets = 4;

constexpr std::uint32_t oid_bool = 16;
constexpr std::uint32_t oid_bytea = 17;
constexpr std::uint32_t oid_int8 = 20;
constexpr std::uint32_t oid_int2 = 21;
constexpr std::uint32_t oid_text = 25;

template <typename Unsigned>
void put(std::string& out, Unsigned value) {
  for (std::size_t shift = sizeof(Unsigned) * 8; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> (shift - 8)) & 0xffU));
  }
}

std::string array_head(std::size_t count, bool has_null, std::uint32_t element) {
  std::string out;
  put(out, std::uint32_t{count == 0 ? 0U : 1U});  // dimensions
  put(out, std::uint32_t{has_null ? 1U : 0U});
  put(out, element);
  if (count != 0) {
    put(out, static_cast<std::uint32_t>(count));
    put(out, std::uint32_t{1});  // lower bound
  }
  return out;
}

void put_element(std::string& out, std::int64_t value) {
  put(out, std::uint32_t{8});
  put(out, static_cast<std::uint64_t>(value));
}

void put_element(std::string& out, std::int16_t value) {
  put(out, std::uint32_t{2});
  put(out, static_cast<std::uint16_t>(value));
}

void put_element(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

template <typename Value>
void put_element(std::string& out, const std::optional<Value>& value) {
  if (value) {
    put_element(out, *value);
  } else {
    put(out, std::uint32_t{0xffffffffU});  // NULL
  }
}

// Of an array's only element: nothing stands behind its length, and an empty one has another length.
bool is_null_at(std::string_view array) { return array[head_octets] == '\xff'; }

template <typename Value>
std::string array_of(std::span<const Value> values, std::uint32_t element, bool may_be_null) {
  std::string out = array_head(values.size(), may_be_null, element);
  for (const Value& value : values) {
    put_element(out, value);
  }
  return out;
}

}  // namespace

void Params::add_array(std::string octets, std::size_t count) {
  values_.push_back({std::move(octets), true});
  is_one_row_ = is_one_row_ && count == 1;
}

void Params::add(std::string_view text) { values_.push_back({std::string(text), false}); }

void Params::add(std::int64_t value) {
  std::string out;
  put(out, static_cast<std::uint64_t>(value));
  values_.push_back({std::move(out), false});
}

void Params::add(std::span<const std::string_view> texts) { add_array(array_of(texts, oid_text, false), texts.size()); }
void Params::add(std::span<const std::int64_t> values) { add_array(array_of(values, oid_int8, false), values.size()); }
void Params::add(std::span<const std::int16_t> values) { add_array(array_of(values, oid_int2, false), values.size()); }
void Params::add(std::span<const std::optional<std::int64_t>> values) {
  add_array(array_of(values, oid_int8, true), values.size());
}
void Params::add(std::span<const std::optional<std::string_view>> texts) {
  add_array(array_of(texts, oid_text, true), texts.size());
}

void Params::add_octets(std::span<const std::optional<std::string_view>> values) {
  add_array(array_of(values, oid_bytea, true), values.size());
}

void Params::add_flags(std::span<const std::uint8_t> flags) {
  std::string out = array_head(flags.size(), false, oid_bool);
  for (const std::uint8_t flag : flags) {
    put(out, std::uint32_t{1});
    out.push_back(flag != 0 ? '\1' : '\0');
  }
  add_array(std::move(out), flags.size());
}

Values Params::values() const {
  Values out;
  for (const Value& value : values_) {
    out.pointers.push_back(value.octets.data());
    out.lengths.push_back(static_cast<int>(value.octets.size()));
  }
  return out;
}

// The only element of an array is the end of its octets, behind its own length.
Values Params::elements() const {
  Values out = values();
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].is_array) {
      const std::string_view element = std::string_view(values_[i].octets).substr(head_octets + length_octets);
      out.pointers[i] = is_null_at(values_[i].octets) ? nullptr : element.data();
      out.lengths[i] = static_cast<int>(element.size());
    }
  }
  return out;
}

}  // namespace hss::pg

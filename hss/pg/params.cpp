// Binary parameters: PostgreSQL's send formats of int2, int8, text, bytea, boolean and one-dimensional arrays of them.
#include "hss/pg/params.h"

namespace hss::pg {
namespace {

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

template <typename Value>
std::string array_of(std::span<const Value> values, std::uint32_t element, bool may_be_null) {
  std::string out = array_head(values.size(), may_be_null, element);
  for (const Value& value : values) {
    put_element(out, value);
  }
  return out;
}

}  // namespace

void Params::add(std::string_view text) { values_.emplace_back(text); }

void Params::add(std::int64_t value) {
  std::string out;
  put(out, static_cast<std::uint64_t>(value));
  values_.push_back(std::move(out));
}

void Params::add(std::span<const std::string_view> texts) { values_.push_back(array_of(texts, oid_text, false)); }
void Params::add(std::span<const std::int64_t> values) { values_.push_back(array_of(values, oid_int8, false)); }
void Params::add(std::span<const std::int16_t> values) { values_.push_back(array_of(values, oid_int2, false)); }
void Params::add(std::span<const std::optional<std::int64_t>> values) {
  values_.push_back(array_of(values, oid_int8, true));
}
void Params::add(std::span<const std::optional<std::string_view>> texts) {
  values_.push_back(array_of(texts, oid_text, true));
}

void Params::add_octets(std::span<const std::optional<std::string_view>> values) {
  values_.push_back(array_of(values, oid_bytea, true));
}

void Params::add_flags(std::span<const std::uint8_t> flags) {
  std::string out = array_head(flags.size(), false, oid_bool);
  for (const std::uint8_t flag : flags) {
    put(out, std::uint32_t{1});
    out.push_back(flag != 0 ? '\1' : '\0');
  }
  values_.push_back(std::move(out));
}

std::vector<const char*> Params::pointers() const {
  std::vector<const char*> out;
  out.reserve(values_.size());
  for (const std::string& value : values_) {
    out.push_back(value.data());
  }
  return out;
}

std::vector<int> Params::lengths() const {
  std::vector<int> out;
  out.reserve(values_.size());
  for (const std::string& value : values_) {
    out.push_back(static_cast<int>(value.size()));
  }
  return out;
}

}  // namespace hss::pg

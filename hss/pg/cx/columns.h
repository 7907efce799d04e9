// SPDX-License-Identifier: Apache-2.0
// Rows as the columns of an array statement, and a column of ids back.
#pragma once

#include "hss/pg/cursor.h"
#include "hss/pg/params.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

namespace hss::pg {

template <typename Items, typename ValueOf>
auto column(const Items& items, ValueOf value_of) {
  std::vector<decltype(value_of(*std::begin(items)))> out;
  out.reserve(std::size(items));
  for (const auto& item : items) {
    out.push_back(value_of(item));
  }
  return out;
}

// One column as an array parameter; it is copied.
template <typename Items, typename ValueOf>
void add(Params& params, const Items& items, ValueOf value_of) {
  const auto values = column(items, value_of);
  params.add(std::span(values));
}
template <typename Items, typename ValueOf>
void add_flags(Params& params, const Items& items, ValueOf is_true) {
  params.add_flags(column(items, [&](const auto& item) { return static_cast<std::uint8_t>(is_true(item) ? 1 : 0); }));
}

// The only column of a result.
inline std::vector<std::int64_t> ids_in(const Result& result) {
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(result.rows()));
  for (Cursor row(result); row.next();) {
    out.push_back(row.take<std::int64_t>());
  }
  return out;
}

}  // namespace hss::pg

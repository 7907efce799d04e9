// SPDX-License-Identifier: Apache-2.0
// Text to text, once for each statement of a connection.
#include "hss/pg/one_row.h"

#include <vector>

namespace hss::pg {
namespace {

constexpr std::string_view opening = "unnest(";
constexpr std::string_view ordinality = " WITH ORDINALITY";
constexpr std::string_view alias = " AS ";
constexpr std::string_view array = "[]";
constexpr std::string_view lock_order = " ORDER BY s.id FOR NO KEY UPDATE";
constexpr std::string_view order = " ORDER BY s.id";

std::vector<std::string_view> elements_of(std::string_view list) {
  constexpr std::string_view comma = ", ";
  std::vector<std::string_view> out;
  for (auto end = list.find(comma); end != std::string_view::npos; end = list.find(comma)) {
    out.push_back(list.substr(0, end));
    list.remove_prefix(end + comma.size());
  }
  out.push_back(list);
  return out;
}

// Cuts off `text` up to a mark, and the mark; nothing when there is none.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const auto end = text.find(mark);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + mark.size());
  return taken;
}

bool take(std::string_view& text, std::string_view expected) {
  const bool is_there = text.starts_with(expected);
  text.remove_prefix(is_there ? expected.size() : 0);
  return is_there;
}

// `text` stands behind the opening, and afterwards behind all that is replaced.
std::optional<std::string> row_in(std::string_view& text) {
  const auto arrays = take_until(text, ")");
  const bool is_numbered = take(text, ordinality);
  const bool is_named = take(text, alias);
  const auto name = take_until(text, " (");
  const auto columns = take_until(text, ")");
  if (!arrays || !is_named || !name || !columns) {
    return std::nullopt;
  }
  auto values = elements_of(*arrays);
  const auto names = elements_of(*columns);
  if (names.size() != values.size() + (is_numbered ? 1 : 0)) {
    return std::nullopt;
  }
  std::string out = "(SELECT ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].ends_with(array)) {
      return std::nullopt;
    }
    values[i].remove_suffix(array.size());
    out.append(values[i]).append(alias).append(names[i]).append(i + 1 < names.size() ? ", " : "");
  }
  return out.append(is_numbered ? "1::bigint AS " + std::string(names.back()) : "").append(") AS ").append(*name);
}

}  // namespace

std::optional<std::string> for_one_row(std::string_view sql) {
  std::string out;
  while (const auto before = take_until(sql, opening)) {
    const auto row = row_in(sql);
    if (!row) {
      return std::nullopt;
    }
    out.append(*before).append(*row);
  }
  if (out.empty()) {
    return std::nullopt;
  }
  out.append(sql);
  if (const auto at = out.find(lock_order); at != std::string::npos) {
    out.erase(at, order.size());
  }
  return out;
}

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Lists as people want them, a table, and as programs do, JSON. Nothing that a list holds moves a terminal's cursor.
#pragma once

#include "hss/pg/admin_lists.h"

#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hss::app::cli {

using Cells = std::vector<std::string>;

// Columns are aligned; the first row is the header. Cells are shown as log_text() has them, an empty one as "-".
std::string table_of(std::span<const Cells> rows);

// One array of what the database wrote as JSON objects, one a line. Escapes the control characters that JSON lets pass:
// DEL and those of C1.
std::string array_of(std::span<const std::string> objects);

// As log_text(), but not cut before any identity that there can be.
std::string shown(const std::string& text);

// The first `most` of `count` names, as they are: "a, b and 3 more".
std::string names_of(std::span<const std::string> names, std::int64_t count, std::size_t most);

// On standard error, behind what standard output has.
void tell_of_more(bool has_more);

// To standard output.
template <typename Row, typename CellsOf>
void print_page(const pg::Page<Row>& page, bool as_json, Cells header, CellsOf cells_of) {
  std::vector<Cells> rows{std::move(header)};
  std::vector<std::string> objects;
  for (const Row& row : page.rows) {
    rows.push_back(cells_of(row));
    objects.push_back(row.json);
  }
  std::cout << (as_json ? array_of(objects) : table_of(rows));
  tell_of_more(page.has_more);
}

}  // namespace hss::app::cli

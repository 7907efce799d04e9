// SPDX-License-Identifier: Apache-2.0
// SQL by name: each file states its own, beside what reads their rows, and names are checked by the compiler.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace hss::pg {

struct Statement {
  const char* name;
  const char* sql;
};

[[noreturn]] void no_statement_has_this_name();  // is nowhere: to call it is not constant

// All statements of one file. A name that is not there does not compile.
template <std::size_t count>
struct Statements {
  std::array<Statement, count> rows;

  consteval const Statement* operator[](std::string_view name) const {
    for (const Statement& row : rows) {
      if (row.name == name) {
        return &row;
      }
    }
    no_statement_has_this_name();
  }
  // NOLINTNEXTLINE(google-explicit-constructor): a file's statements are lent as what they are
  constexpr operator std::span<const Statement>() const noexcept { return rows; }
};
template <std::size_t count>
Statements(std::array<Statement, count>) -> Statements<count>;

// What a connection prepares, out of what several files state.
std::vector<Statement> joined(std::initializer_list<std::span<const Statement>> lists);

}  // namespace hss::pg

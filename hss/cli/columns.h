// SPDX-License-Identifier: Apache-2.0
// The header of a delimited file of secrets: which separator it has, and which column is which.
#pragma once

#include "hss/cli/secret_lines.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

// What a file calls columns that have other names here, in lower case: "k" -> "ki".
using ColumnNames = std::map<std::string, std::string, std::less<>>;

inline constexpr const char* columns_help =
    "What the file calls its columns, as in k=Ki; columns that have no name here are then left out";

struct ColumnRules {
  std::span<const std::string_view> ours;       // names that have a meaning
  std::span<const std::string_view> ignorable;  // names that may stand there and mean nothing
  std::string_view wanted;                      // a sentence for people
};

struct Header {
  static constexpr std::size_t ignored = static_cast<std::size_t>(-1);
  char separator = ',';
  std::vector<std::size_t> columns;  // of each field: its place in `ours`, or ignored
  std::string found;                 // for people: separator, columns, and what to do about them
  [[nodiscard]] std::size_t count(std::size_t column) const noexcept;
};

// "credential=IMSI,k=Ki" as given to --columns. Throws Failure.
ColumnNames column_names(std::string_view given, const ColumnRules& rules);

// Of the first line that is neither blank nor a comment. With `names` all columns that are not named are ignored;
// without, each must be known. Throws Failure that tells separator and columns; of the file's words it shows only such
// as vendors use, since a header line that is missing would show keys.
Header read_header(SecretLines& lines, const ColumnRules& rules, const ColumnNames& names);

// The same for what the caller finds missing.
[[noreturn]] void refuse_header(const SecretLines& lines, const ColumnRules& rules, const Header& header);

// The fields of the next row; nothing at the end. A fault where the row does not fit the header.
struct Fields {
  std::vector<std::string_view> fields;
  std::string fault;
};
std::optional<Fields> next_fields(SecretLines& lines, const Header& header);

}  // namespace hss::app::cli

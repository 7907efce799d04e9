// SPDX-License-Identifier: Apache-2.0
// The SQL script that an import writes: wrapped keys and sealed values, nothing in clear. For psql.
#pragma once

#include "hsm/secret.h"

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace hss::app::cli {

// Fields of COPY's text form.
std::string copied(std::string_view text);
std::string copied(hsm::Bytes octets);  // of bytea
inline constexpr std::string_view copied_null = "\\N";

// As an SQL literal.
std::string quoted(std::string_view text);

// One transaction: all rows or none. They come in the temporary table quintet_import, by COPY, because a million
// INSERTs take many minutes. A script that was not finished fails in psql instead of committing.
class ImportScript {
 public:
  // `command` as the operator knows it, "quintet keys import"; `columns` as in CREATE TABLE. Both must outlive this.
  ImportScript(std::ostream& out, std::string_view command, std::string_view columns);
  ImportScript(const ImportScript&) = delete;  // one script, one end
  ImportScript& operator=(const ImportScript&) = delete;
  ~ImportScript();

  void add(std::span<const std::string> fields);
  // `statements` take the rows from quintet_import and put what they found into quintet_outcome (name, outcome), of
  // which the script reports; the audit says how many `things` there were.
  void finish(std::string_view statements, std::string_view things, std::string_view detail);
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::ostream& out_;
  std::string_view command_;
  std::size_t count_ = 0;
  bool finished_ = false;
};

}  // namespace hss::app::cli

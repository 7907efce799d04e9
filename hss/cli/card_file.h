// SPDX-License-Identifier: Apache-2.0
// Reads a CSV file of cards row by row; the octets it holds on the way are wiped.
#pragma once

#include "hsm/secret.h"
#include "hss/cli/columns.h"
#include "hss/cli/secret_lines.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

// How the column `k` is to be understood.
enum class KeyForm : bool { clear, wrapped };

// What a row gives besides K to get OPc from.
enum class Operator : bool { opc, op };

struct Card {
  std::string credential;
  hsm::HeapSecret k{16};              // KeyForm::clear
  std::vector<std::uint8_t> wrapped;  // KeyForm::wrapped: K under the transport key
  hsm::HeapSecret op{16};             // OPc or OP, as the header says
};

// A fault names file, line and column, and the credential only of a row that is sound: a cell may hold what another one
// should.
class CardFile {
 public:
  // Reads the header. `columns` as given to --columns. Throws Failure.
  CardFile(std::filesystem::path file, KeyForm form, std::string_view columns = "");

  [[nodiscard]] Operator what() const noexcept { return what_; }

  struct Row {
    std::optional<Card> card;
    std::string fault;  // empty with a card
  };
  // The next row that is not blank; nothing at the end. Throws Failure when the file cannot be read.
  std::optional<Row> next();

  [[nodiscard]] std::size_t line_number() const noexcept { return lines_.number(); }
  // "cards.csv:7: credential abc: ..." of the line read last; without a credential where none is given.
  [[nodiscard]] std::string fault(const std::string& credential, std::string_view what) const;

 private:
  [[nodiscard]] Row row_of(const std::vector<std::string_view>& fields) const;

  SecretLines lines_;
  KeyForm form_;
  Header header_;
  Operator what_ = Operator::opc;
};

}  // namespace hss::app::cli

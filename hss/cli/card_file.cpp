// SPDX-License-Identifier: Apache-2.0
// Rows of cards; K and OPc live in the reader's wiped buffer until they are decoded.
#include "hss/cli/card_file.h"

#include "hss/cli/command.h"
#include "hss/cli/key_like.h"
#include "hss/cli/octets.h"

#include <array>

namespace hss::app::cli {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t shortest_blob = 16;

namespace in {
enum Column : std::size_t { credential, k, opc, op, topc, top };
}
constexpr std::array<std::string_view, 6> ours{"credential", "k", "opc", "op", "topc", "top"};  // in the order of in
constexpr std::array<std::string_view, 2> ignorable{"impi", "impu"};
constexpr ColumnRules rules{ours, ignorable, "the header must name the columns credential, k and one of opc and op"};

// As the schema's constraint has it.
bool is_credential_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:+-";
  return !name.empty() && name.size() <= longest_name && name.find_first_not_of(allowed) == std::string_view::npos;
}

using Cells = std::array<std::string_view, ours.size()>;

// What is wrong with the keys of a row, which it decodes; `given` is opc or op.
std::string fault_of_keys(const Cells& cells, in::Column given, KeyForm form, Card& card) {
  if (!decode_hex(cells.at(given), card.op.edit()))
    return std::string(ours.at(given)) + " is not 32 hexadecimal digits";
  if (form == KeyForm::clear) return decode_hex(cells[in::k], card.k.edit()) ? "" : "k is not 32 hexadecimal digits";
  auto blob = decode_blob(cells[in::k]);
  if (!blob || blob->size() < shortest_blob) return "k is neither hexadecimal nor base64 of at least 16 octets";
  card.wrapped = std::move(*blob);
  return "";
}

// Names go into the database, logs and messages in clear.
bool tells_a_key(std::string_view name, const Card& card) {
  return could_be_key(name) || shows(name, card.k.view()) || shows(name, card.op.view()) || shows(name, card.wrapped);
}

}  // namespace

CardFile::CardFile(std::filesystem::path file, KeyForm form, std::string_view columns)
    : lines_(std::move(file)), form_(form), header_(read_header(lines_, rules, column_names(columns, rules))) {
  if (header_.count(in::topc) + header_.count(in::top) > 0) {
    throw Failure(
        lines_.fault("these are cards of TUAK; it needs Keccak, which no PKCS#11 mechanism of a token gives"));
  }
  if (header_.count(in::credential) != 1 || header_.count(in::k) != 1 ||
      header_.count(in::opc) + header_.count(in::op) != 1) {
    refuse_header(lines_, rules, header_);
  }
  what_ = header_.count(in::op) == 1 ? Operator::op : Operator::opc;
}

std::string CardFile::fault(const std::string& name, std::string_view what) const {
  return lines_.fault((name.empty() ? "" : "credential " + name + ": ") + std::string(what));
}

std::optional<CardFile::Row> CardFile::next() {
  const auto read = next_fields(lines_, header_);
  if (!read) return std::nullopt;
  if (!read->fault.empty()) return Row{{}, read->fault};
  return row_of(read->fields);
}

CardFile::Row CardFile::row_of(const std::vector<std::string_view>& fields) const {
  Card card;
  Cells cells;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (header_.columns[i] != Header::ignored) cells.at(header_.columns[i]) = fields[i];
  }
  if (!is_credential_name(cells[in::credential])) {
    return Row{{}, fault("", "credential is not 1 to 128 letters, digits or any of . _ @ : + -")};
  }
  const std::string wrong = fault_of_keys(cells, what_ == Operator::op ? in::op : in::opc, form_, card);
  if (!wrong.empty()) return Row{{}, fault("", wrong)};
  if (tells_a_key(cells[in::credential], card)) {
    return Row{{}, fault("", "credential could be a key and is not shown: are the columns as the header says?")};
  }
  card.credential = cells[in::credential];  // not wiped, so only what is no key
  return Row{std::move(card), ""};
}

}  // namespace hss::app::cli

// Rows of cards; K and OPc live in the reader's wiped buffer until they are decoded.
#include "hss/app/cli/card_file.h"

#include "hss/app/cli/command.h"
#include "hss/app/cli/octets.h"

namespace hss::app::cli {
namespace {

constexpr std::size_t longest_name = 128;

// As the schema's constraint has it.
bool is_credential_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:+-";
  return !name.empty() && name.size() <= longest_name && name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

CardFile::CardFile(std::filesystem::path file, KeyForm form) : lines_(std::move(file)), form_(form) { read_header(); }

std::string CardFile::fault(const std::string& credential, std::string_view what) const {
  return lines_.fault((credential.empty() ? "" : "credential " + credential + ": ") + std::string(what));
}

void CardFile::read_header() {
  const std::string wanted = "the header must name the columns credential, k and one of opc and op";
  const auto line = lines_.next();
  const auto fields = line ? split_csv(*line) : std::nullopt;
  std::size_t credentials = 0, keys = 0, operators = 0;
  for (const auto field : fields.value_or(std::vector<std::string_view>{})) {
    const std::string name = lower(field);
    // A header line that is missing would show keys, so what is unknown is not quoted.
    if (name == "credential")
      ++credentials, columns_.push_back(Column::credential);
    else if (name == "k")
      ++keys, columns_.push_back(Column::k);
    else if (name == "opc" || name == "op")
      ++operators, columns_.push_back(Column::op);
    else if (name == "impi" || name == "impu")
      columns_.push_back(Column::ignored);
    else if (name == "topc" || name == "top")
      throw Failure(fault("", "these are cards of TUAK; it needs Keccak, which no PKCS#11 mechanism of a token gives"));
    else
      throw Failure(fault("", wanted + "; column " + std::to_string(columns_.size() + 1) + " is unknown"));
    if (name == "op") what_ = Operator::op;
  }
  if (credentials != 1 || keys != 1 || operators != 1) throw Failure(fault("", wanted));
}

std::optional<CardFile::Row> CardFile::next() {
  const auto line = lines_.next_row();
  if (!line) return std::nullopt;
  const auto fields = split_csv(*line);
  if (!fields) return Row{{}, fault("", "has quotes that are not closed or have text behind them")};
  if (fields->size() == columns_.size()) return row_of(*fields);
  return Row{
      {},
      fault("", "has " + std::to_string(fields->size()) + " fields, the header " + std::to_string(columns_.size()))};
}

CardFile::Row CardFile::row_of(const std::vector<std::string_view>& fields) const {
  Card card;
  std::string_view k, op;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (columns_[i] == Column::credential && is_credential_name(fields[i])) card.credential = fields[i];
    if (columns_[i] == Column::k) k = fields[i];
    if (columns_[i] == Column::op) op = fields[i];
  }
  if (card.credential.empty()) {
    return Row{{}, fault("", "credential is not 1 to 128 letters, digits or any of . _ @ : + -")};
  }
  if (!decode_hex(op, card.op.edit())) {
    const std::string name = what_ == Operator::op ? "op" : "opc";
    return Row{{}, fault(card.credential, name + " is not 32 hexadecimal digits")};
  }
  if (form_ == KeyForm::clear && !decode_hex(k, card.k.edit())) {
    return Row{{}, fault(card.credential, "k is not 32 hexadecimal digits")};
  }
  if (form_ == KeyForm::wrapped) {
    auto blob = decode_blob(k);
    if (!blob || blob->size() < 16) {
      return Row{{}, fault(card.credential, "k is neither hexadecimal nor base64 of at least 16 octets")};
    }
    card.wrapped = std::move(*blob);
  }
  return Row{std::move(card), ""};
}

}  // namespace hss::app::cli

// Reads a CSV file of cards. The standard streams are not used: their buffers would keep K.
#include "hss/app/cli/card_file.h"

#include "hss/app/cli/command.h"
#include "hss/app/cli/octets.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hss::app::cli {
namespace {

constexpr std::size_t buffer_octets = 65536;  // also the longest line
constexpr std::size_t longest_name = 128;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find(',', begin), line.size());
    fields.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  return fields;
}

// As the schema's constraint has it.
bool is_credential_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:+-";
  return !name.empty() && name.size() <= longest_name && name.find_first_not_of(allowed) == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

CardFile::CardFile(std::filesystem::path file, KeyForm form)
    : file_(std::move(file)),
      form_(form),
      descriptor_(::open(file_.c_str(), O_RDONLY | O_CLOEXEC)),
      buffer_(buffer_octets) {
  if (descriptor_ < 0) throw Failure(file_.string() + ": " + std::strerror(errno));
  try {
    read_header();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

CardFile::~CardFile() { ::close(descriptor_); }

std::string CardFile::fault(const std::string& credential, std::string_view what) const {
  return file_.string() + ":" + std::to_string(line_number_) + ": " +
         (credential.empty() ? "" : "credential " + credential + ": ") + std::string(what);
}

// False when nothing more can be had. A line longer than the buffer is the caller's fault to report.
bool CardFile::refill() {
  auto all = buffer_.edit();
  std::copy(all.begin() + static_cast<std::ptrdiff_t>(begin_), all.begin() + static_cast<std::ptrdiff_t>(end_),
            all.begin());
  end_ -= begin_;
  begin_ = 0;
  if (at_end_ || end_ == all.size()) return false;
  const auto got = ::read(descriptor_, all.data() + end_, all.size() - end_);
  if (got < 0) throw Failure(file_.string() + ": " + std::strerror(errno));
  at_end_ = got == 0;
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

std::optional<std::string_view> CardFile::line() {
  while (true) {
    const auto unread = buffer_.view().subspan(begin_, end_ - begin_);
    const auto newline = std::ranges::find(unread, '\n');
    const bool complete = newline != unread.end();
    if (!complete && refill()) continue;
    if (!complete && !at_end_) throw Failure(fault("", "is longer than " + std::to_string(buffer_octets) + " octets"));
    const auto rest = complete ? unread : buffer_.view().subspan(begin_, end_ - begin_);
    const std::size_t size = complete ? static_cast<std::size_t>(newline - unread.begin()) : rest.size();
    if (!complete && size == 0) return std::nullopt;
    begin_ += size + (complete ? 1 : 0);
    ++line_number_;
    return std::string_view(reinterpret_cast<const char*>(rest.data()), size);  // octets are text here
  }
}

void CardFile::read_header() {
  auto header = line().value_or("");
  if (header.starts_with(byte_order_mark)) header.remove_prefix(byte_order_mark.size());
  const std::string wanted = "the header must name the columns credential, k and one of opc and op";
  std::size_t credentials = 0, keys = 0, operators = 0;
  for (const auto field : fields_of(header)) {
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
    else
      throw Failure(fault("", wanted + "; column " + std::to_string(columns_.size() + 1) + " is unknown"));
    if (name == "op") what_ = Operator::op;
  }
  if (credentials != 1 || keys != 1 || operators != 1) throw Failure(fault("", wanted));
}

std::optional<CardFile::Row> CardFile::next() {
  std::optional<std::string_view> text = line();
  while (text && (trimmed(*text).empty() || text->starts_with('#'))) text = line();
  if (!text) return std::nullopt;
  const auto fields = fields_of(*text);
  if (fields.size() != columns_.size()) {
    return Row{
        {},
        fault("", "has " + std::to_string(fields.size()) + " fields, the header " + std::to_string(columns_.size()))};
  }
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

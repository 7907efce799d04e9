// SPDX-License-Identifier: Apache-2.0
// Lines and their fields in one wiped buffer. The standard streams are not used: their buffers would keep the secrets.
#include "hss/cli/secret_lines.h"

#include "hss/cli/command.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hss::app::cli {
namespace {

constexpr std::size_t buffer_octets = 65536;  // also the longest line
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

bool is_utf16(std::string_view text) noexcept { return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"); }

std::string_view text_of(std::span<const char> line) noexcept { return {line.data(), line.size()}; }

std::size_t skip_blanks(std::span<const char> line, std::size_t at, char separator = '\0') noexcept {
  while (at < line.size() && line[at] != separator && is_blank(line[at])) ++at;
  return at;
}

// Where a field in quotes, whose opening quote is before `at`, ends; its content is moved together. Nothing without a
// closing quote.
std::optional<std::size_t> unquote(std::span<char> line, std::size_t at, std::string_view& content) {
  const std::size_t begin = at;
  for (std::size_t to = begin; at < line.size(); ++at) {
    if (line[at] == '"' && (at + 1 == line.size() || line[at + 1] != '"')) {
      content = text_of(line.subspan(begin, to - begin));
      return at + 1;
    }
    if (line[at] == '"') ++at;
    line[to++] = line[at];
  }
  return std::nullopt;
}

}  // namespace

SecretLines::SecretLines(std::filesystem::path file)
    : file_(std::move(file)), descriptor_(::open(file_.c_str(), O_RDONLY | O_CLOEXEC)), buffer_(buffer_octets) {
  if (descriptor_ < 0) throw Failure(file_.string() + ": " + std::strerror(errno));
}

SecretLines::~SecretLines() { ::close(descriptor_); }

std::string SecretLines::fault(std::string_view what) const {
  return file_.string() + ":" + std::to_string(number_) + ": " + std::string(what);
}

// False when nothing more can be had. A line longer than the buffer is the caller's fault to report.
bool SecretLines::refill() {
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

std::optional<std::span<char>> SecretLines::next() {
  while (true) {
    const auto unread = buffer_.edit().subspan(begin_, end_ - begin_);
    const auto newline = std::ranges::find(unread, '\n');
    const bool complete = newline != unread.end();
    if (!complete && refill()) continue;
    if (!complete && !at_end_) throw Failure(fault("is longer than " + std::to_string(buffer_octets) + " octets"));
    const auto rest = complete ? unread : buffer_.edit().subspan(begin_, end_ - begin_);
    const std::size_t size = complete ? static_cast<std::size_t>(newline - unread.begin()) : rest.size();
    if (!complete && size == 0) return std::nullopt;
    begin_ += size + (complete ? 1 : 0);
    const std::span<char> line(reinterpret_cast<char*>(rest.data()), size);  // octets are text here
    if (++number_ == 1 && is_utf16(text_of(line))) throw Failure(fault("is in UTF-16; save it as UTF-8 or plain text"));
    const bool is_marked = number_ == 1 && text_of(line).starts_with(byte_order_mark);
    return is_marked ? line.subspan(byte_order_mark.size()) : line;
  }
}

std::optional<std::span<char>> SecretLines::next_row() {
  auto line = next();
  while (line && (skip_blanks(*line, 0) == line->size() || line->front() == '#')) line = next();
  return line;
}

std::optional<std::vector<std::string_view>> split_csv(std::span<char> line, char separator) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    at = skip_blanks(line, at, separator);
    std::string_view content;
    if (at < line.size() && line[at] == '"') {
      const auto end = unquote(line, at + 1, content);
      if (!end) return std::nullopt;
      at = skip_blanks(line, *end, separator);
      if (at < line.size() && line[at] != separator) return std::nullopt;
    } else {
      const auto rest = text_of(line.subspan(at));
      content = rest.substr(0, rest.find(separator));
      at += content.size();
      content = content.substr(0, content.find_last_not_of(" \t\r") + 1);
    }
    fields.push_back(content);
  }
  return fields;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// Reads a text file that holds secrets line by line; the octets it holds on the way are wiped.
#pragma once

#include "hsm/secret.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

class SecretLines {
 public:
  explicit SecretLines(std::filesystem::path file);  // throws Failure
  ~SecretLines();
  SecretLines(const SecretLines&) = delete;  // holds a file descriptor
  SecretLines& operator=(const SecretLines&) = delete;

  // The next line without its end, the first one without a byte order mark; valid, and the caller's to change, until
  // the next call. Throws Failure.
  std::optional<std::span<char>> next();
  // The same, leaving out blank lines and those that begin with #.
  std::optional<std::span<char>> next_row();

  [[nodiscard]] std::size_t number() const noexcept { return number_; }  // of the line last read
  // "FILE:LINE: what"
  [[nodiscard]] std::string fault(std::string_view what) const;

 private:
  bool refill();

  std::filesystem::path file_;
  int descriptor_;
  hsm::HeapSecret buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is unread in buffer_
  bool at_end_ = false;
  std::size_t number_ = 0;
};

// The fields of a line, split in place (RFC 4180, with any separator). Blanks around a field do not count; a field in
// quotes may hold separators, blanks, and quotes that are doubled. Nothing when a quote is not closed or text follows
// it.
std::optional<std::vector<std::string_view>> split_csv(std::span<char> line, char separator);

std::string lower(std::string_view text);  // ASCII; names of columns

}  // namespace hss::app::cli

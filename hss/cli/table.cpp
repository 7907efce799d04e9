// SPDX-License-Identifier: Apache-2.0
// Widths, gaps and escapes.
#include "hss/cli/table.h"

#include "hss/text_forms.h"

#include <algorithm>
#include <string_view>

namespace hss::app::cli {
namespace {

constexpr std::size_t longest_text = 1024;
constexpr std::size_t gap = 2;

std::vector<std::size_t> widths_of(std::span<const Cells> rows) {
  std::vector<std::size_t> out;
  for (const Cells& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      out[i] = std::max(out[i], row[i].size());
    }
  }
  return out;
}

// U+0080 to U+009F, as UTF-8 has them.
bool is_control_of_c1(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) <= 0x9f;
}

std::string escape_of(char octet) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(octet);
  return {'\\', 'u', '0', '0', digits[value >> 4U], digits[value & 0xfU]};
}

std::string terminal_json(std::string_view json) {
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (is_control_of_c1(json.substr(i))) {
      out += escape_of(json[++i]);  // in UTF-8 their second octet is their number
    } else {
      out += json[i] == '\x7f' ? escape_of(json[i]) : std::string(1, json[i]);
    }
  }
  return out;
}

}  // namespace

std::string shown(const std::string& text) { return text.empty() ? "-" : log_text(text, longest_text); }

std::string table_of(std::span<const Cells> rows) {
  std::vector<Cells> cells(rows.begin(), rows.end());
  for (Cells& row : cells) {
    std::ranges::transform(row, row.begin(), shown);
  }
  const auto widths = widths_of(cells);
  std::string out;
  for (const Cells& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      out += row[i] + (is_last ? "\n" : std::string(widths[i] - row[i].size() + gap, ' '));
    }
  }
  return out;
}

std::string array_of(std::span<const std::string> objects) {
  std::string out = "[";
  for (const std::string& object : objects) {
    out += (out.size() > 1 ? ",\n " : "") + terminal_json(object);
  }
  return out + "]\n";
}

std::string names_of(std::span<const std::string> names, std::int64_t count, std::size_t most) {
  const auto named = names.first(std::min(most, names.size()));
  std::string out;
  for (const std::string& name : named) {
    out += (out.empty() ? "" : ", ") + name;
  }
  const auto others = count - static_cast<std::int64_t>(named.size());
  return others > 0 ? out + " and " + std::to_string(others) + " more" : out;
}

void tell_of_more(bool has_more) {
  std::cout.flush();
  if (has_more) std::cerr << "there are more; --limit shows them\n";
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// Judging header lines, and telling what is in them without showing what might be a secret.
#include "hss/cli/columns.h"

#include "hss/cli/command.h"

#include <algorithm>
#include <array>

namespace hss::app::cli {
namespace {

struct Separator {
  char character;
  std::string_view name;
};
constexpr std::array separators{Separator{',', "commas"}, Separator{';', "semicolons"}, Separator{'\t', "tabs"}};

// Words that files of vendors have in their headers, and what they may be here. No others are ever shown.
struct Word {
  std::string_view word;
  std::string_view meaning;  // ours, the likelier first; empty: something that is not needed
};
constexpr std::array words{
    Word{"credential", "credential"},
    Word{"name", "credential"},
    Word{"card", "credential"},
    Word{"imsi", "credential"},
    Word{"iccid", "credential"},
    Word{"icc-id", "credential"},
    Word{"icc_id", "credential"},
    Word{"k", "k"},
    Word{"ki", "k"},
    Word{"opc", "opc"},
    Word{"op", "op"},
    Word{"impi", "impi"},
    Word{"username", "impi"},
    Word{"user", "impi"},
    Word{"realm", "realm"},
    Word{"domain", "realm"},
    Word{"password", "password"},
    Word{"ha1", "ha1"},
    Word{"ha1_sha256", "ha1_sha256"},
    Word{"topc", ""},
    Word{"top", ""},
    Word{"impu", ""},
    Word{"msisdn", ""},
    Word{"acc", ""},
    Word{"adm", ""},
    Word{"adm1", ""},
    Word{"adm2", ""},
    Word{"pin", ""},
    Word{"pin1", ""},
    Word{"pin2", ""},
    Word{"puk", ""},
    Word{"puk1", ""},
    Word{"puk2", ""},
    Word{"kic", ""},
    Word{"kid", ""},
    Word{"kik", ""},
    Word{"kic1", ""},
    Word{"kid1", ""},
    Word{"kik1", ""},
    Word{"sqn", ""},
    Word{"amf", ""},
    Word{"alg", ""},
    Word{"algo", ""},
    Word{"algorithm", ""},
    Word{"comment", ""},
    Word{"serial", ""},
    Word{"transport_key", ""},
};

const Word* word_of(std::string_view field) {
  const auto* found = std::ranges::find(words, lower(field), &Word::word);
  return found == words.end() ? nullptr : found;
}

std::size_t place_in(std::span<const std::string_view> names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

// The place in `ours` of what the file calls so; its size when it is unknown, Header::ignored when it means nothing.
std::size_t column_of(std::string_view field, const ColumnRules& rules, const ColumnNames& names) {
  const std::string name = lower(field);
  const auto mapped = std::ranges::find(names, name, [](const auto& row) -> std::string_view { return row.second; });
  if (mapped != names.end()) return place_in(rules.ours, mapped->first);
  const std::size_t place = place_in(rules.ours, name);
  if (place < rules.ours.size() && !names.contains(name)) return place;
  const bool means_nothing = !names.empty() || place_in(rules.ignorable, name) < rules.ignorable.size();
  return means_nothing ? Header::ignored : rules.ours.size();
}

using Line = std::vector<std::string_view>;

struct Guess {
  Separator separator;
  std::size_t known = 0, fields = 0;
};

// The separator with which most columns are known; among equals, that with most columns.
Separator separator_of(std::span<char> line, const ColumnRules& rules, const ColumnNames& names) {
  Guess best{separators.front()};
  for (const Separator& separator : separators) {
    hsm::HeapSecret copy({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});  // splitting writes
    const auto fields =
        split_csv({reinterpret_cast<char*>(copy.edit().data()), copy.size()}, separator.character).value_or(Line{});
    const auto is_known = [&](std::string_view field) {
      return word_of(field) != nullptr || column_of(field, rules, names) < rules.ours.size();
    };
    const Guess guess{separator, static_cast<std::size_t>(std::ranges::count_if(fields, is_known)), fields.size()};
    if (std::pair(guess.known, guess.fields) > std::pair(best.known, best.fields)) best = guess;
  }
  return best.separator;
}

std::string enumerated(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

// "3 columns separated by semicolons: imsi, ki, opc" and how many others.
std::string described(const Line& fields, std::string_view separator, const ColumnRules& rules,
                      const ColumnNames& names) {
  std::string shown;
  std::size_t hidden = 0;
  for (const std::string_view field : fields) {
    const Word* word = word_of(field);
    const std::size_t column = column_of(field, rules, names);
    if (word == nullptr && column >= rules.ours.size()) {
      ++hidden;
    } else {
      shown += (shown.empty() ? ": " : ", ") + (word != nullptr ? std::string(word->word) : lower(field));
    }
  }
  const std::string all = fields.size() == 1
                              ? "one column; columns are separated by commas, semicolons or tabs"
                              : enumerated(fields.size(), "column") + " separated by " + std::string(separator);
  if (shown.empty()) return all + ", none with a name that is known: is the header line missing?";
  return all + shown + (hidden == 0 ? "" : " and " + std::to_string(hidden) + " that are not shown");
}

// What to give to --columns, as far as the words tell.
std::string advice(const Line& fields, const ColumnRules& rules) {
  std::string mapping;
  for (const std::string_view ours : rules.ours) {
    for (const Word& word : words) {
      const bool is_there = word.meaning == ours && std::ranges::any_of(fields, [&](std::string_view field) {
                              return lower(field) == word.word;
                            });
      if (!is_there) continue;
      mapping += (mapping.empty() ? "" : ",") + std::string(ours) + "=" + std::string(word.word);
      break;
    }
  }
  if (mapping.empty()) return "";
  return ". Say what is what, as in --columns " + mapping + "; columns that are not named there are left out";
}

void refuse_names(const SecretLines& lines, const Header& header, const ColumnRules& rules, const ColumnNames& names) {
  for (const auto& [ours, theirs] : names) {
    const std::size_t count = header.count(place_in(rules.ours, ours));
    if (count == 1) continue;
    throw Failure(lines.fault((count == 0 ? "no column is called " : "several columns are called ") + theirs +
                              ", as --columns says; found " + header.found));
  }
}

}  // namespace

std::size_t Header::count(std::size_t column) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(columns, column));
}

ColumnNames column_names(std::string_view given, const ColumnRules& rules) {
  ColumnNames names;
  while (!given.empty()) {
    const std::string_view pair = given.substr(0, given.find(','));
    given.remove_prefix(std::min(pair.size() + 1, given.size()));
    const auto equals = pair.find('=');
    const std::string ours = lower(pair.substr(0, equals));
    const bool is_pair = equals != std::string_view::npos && equals + 1 < pair.size();
    if (!is_pair || place_in(rules.ours, ours) == rules.ours.size() ||
        !names.emplace(ours, lower(pair.substr(equals + 1))).second) {
      throw Failure("--columns: \"" + std::string(pair) + "\" is not COLUMN=NAME; " + std::string(rules.wanted));
    }
  }
  return names;
}

void refuse_header(const SecretLines& lines, const ColumnRules& rules, const Header& header) {
  throw Failure(lines.fault(std::string(rules.wanted) + "; found " + header.found));
}

Header read_header(SecretLines& lines, const ColumnRules& rules, const ColumnNames& names) {
  const auto line = lines.next_row();
  if (!line) throw Failure(lines.fault(std::string(rules.wanted) + "; found nothing but comments and blank lines"));
  const Separator separator = separator_of(*line, rules, names);
  Header header{separator.character, {}, {}};
  const auto fields = split_csv(*line, separator.character);
  if (!fields) throw Failure(lines.fault(std::string(rules.wanted) + "; found quotes that are not closed"));
  header.found = described(*fields, separator.name, rules, names) + advice(*fields, rules);
  for (const std::string_view field : *fields) header.columns.push_back(column_of(field, rules, names));
  refuse_names(lines, header, rules, names);
  if (header.count(rules.ours.size()) > 0) refuse_header(lines, rules, header);
  return header;
}

std::optional<Fields> next_fields(SecretLines& lines, const Header& header) {
  const auto line = lines.next_row();
  if (!line) return std::nullopt;
  auto fields = split_csv(*line, header.separator);
  if (!fields) return Fields{{}, lines.fault("has quotes that are not closed or have text behind them")};
  if (fields->size() == header.columns.size()) return Fields{std::move(*fields), ""};
  return Fields{{},
                lines.fault("has " + enumerated(fields->size(), "field") + ", the header " +
                            std::to_string(header.columns.size()))};
}

}  // namespace hss::app::cli

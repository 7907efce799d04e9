// SPDX-License-Identifier: Apache-2.0
// The grammar of a command or a grouped AVP, written as the standards write it and read by the compiler (RFC 6733 3.2).
#pragma once

#include "diameter_ext/dictionary/avps.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace diameter_ext {

[[noreturn]] void this_is_no_grammar();  // is nowhere: to call it is not constant

// How often an AVP occurs, and whether it stands at the place where the grammar names it.
struct Rule {
  Avp which = unknown_avp;
  std::uint8_t least = 0;
  std::uint8_t most = 1;  // any_times: no limit
  bool is_fixed = false;  // "< Session-Id >"
  static constexpr std::uint8_t any_times = std::numeric_limits<std::uint8_t>::max();
};

// Rules in the order of the standard. Other AVPs may stand anywhere: every command and group served here ends in
// "*[ AVP ]".
class Grammar {
 public:
  static constexpr std::size_t most_rules = 32;
  static constexpr std::uint8_t no_rule = 0xff;

  consteval Grammar() { places_.fill(no_rule); }

  // An AVP that has a rule already does not compile.
  consteval void add(const Rule& rule) {
    std::uint8_t& place = places_.at(index_of(rule.which));
    if (place != no_rule) {
      this_is_no_grammar();
    }
    place = count_;
    rules_.at(count_++) = rule;
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr const Rule& operator[](std::size_t place) const noexcept { return rules_[place]; }
  // Of the AVP's rule; no_rule: it has none.
  [[nodiscard]] constexpr std::uint8_t place_of(Avp which) const noexcept {
    return which == unknown_avp ? no_rule : places_[index_of(which)];
  }

 private:
  std::array<Rule, most_rules> rules_{};
  std::array<std::uint8_t, avp_count> places_{};
  std::uint8_t count_ = 0;
};

namespace parsing {

// The words of a grammar, one after the other.
class Words {
 public:
  explicit consteval Words(std::string_view text) : rest_(text) {}
  // Empty at the end.
  consteval std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \n"));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view rest_;
};

consteval std::uint8_t number(std::string_view digits, std::uint8_t otherwise) {
  unsigned out = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') {
      this_is_no_grammar();
    }
    out = out * 10 + static_cast<unsigned>(digit - '0');
  }
  return digits.empty() ? otherwise : static_cast<std::uint8_t>(out);
}

// "{" needs one, "[" none, "<" one at its place; "1*3" before it says how many ("*": any number).
consteval Rule occurrence(std::string_view word) {
  Rule out;
  const char bracket = word.back();
  if (bracket != '[' && bracket != '{' && bracket != '<') {
    this_is_no_grammar();
  }
  out.is_fixed = bracket == '<';
  out.least = bracket == '[' ? 0 : 1;
  word.remove_suffix(1);
  if (const auto star = word.find('*'); star != std::string_view::npos) {
    out.least = number(word.substr(0, star), out.least);
    out.most = number(word.substr(star + 1), Rule::any_times);
  } else if (!word.empty()) {
    this_is_no_grammar();
  }
  return out;
}

consteval char closing(char bracket) { return bracket == '{' ? '}' : bracket == '[' ? ']' : '>'; }

consteval void add_rules(Grammar& into, std::string_view text) {
  Words words(text);
  for (auto word = words.next(); !word.empty(); word = words.next()) {
    Rule rule = occurrence(word);
    rule.which = avp(words.next());
    if (const auto end = words.next(); end.size() != 1 || end.front() != closing(word.back())) {
      this_is_no_grammar();  // the bracket that was opened is not closed
    }
    into.add(rule);
  }
}

}  // namespace parsing

// "{ User-Name } *[ Supported-Features ]": what is not well-formed, names an AVP without a row, or names one twice does
// not compile. Several texts make one grammar.
template <typename... Texts>
consteval Grammar grammar(Texts... texts) {
  Grammar out;
  (parsing::add_rules(out, texts), ...);
  return out;
}

// A grouped AVP and what stands in it.
struct GroupRow {
  Avp which;
  Grammar grammar;
};

}  // namespace diameter_ext

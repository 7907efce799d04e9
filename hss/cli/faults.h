// SPDX-License-Identifier: Apache-2.0
// The faults of a file that an operator gave: the first of them in full, the others counted.
#pragma once

#include "hss/cli/command.h"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace hss::app::cli {

class Faults {
 public:
  void add(const std::string& fault) {
    if (++count_ <= most_shown) text_ += (text_.empty() ? "" : "\n") + fault;
  }
  void throw_any() const {
    if (count_ == 0) return;
    const std::string more = count_ > most_shown ? "\nand " + std::to_string(count_ - most_shown) + " more" : "";
    throw Failure(text_ + more + "\n" + std::to_string(count_) + " rows are at fault, nothing was written");
  }

 private:
  static constexpr std::size_t most_shown = 20;
  std::size_t count_ = 0;
  std::string text_;
};

// A file is read twice: first all of it is checked, so that a bad row cannot leave half a script. Returns the number of
// rows. `file` gives rows: next(), line_number(), fault(name, what); `name_of` a row is nothing when it is at fault.
template <typename File, typename NameOf>
std::size_t check_rows(File file, NameOf name_of) {
  std::unordered_map<std::string, std::size_t> lines;
  Faults faults;
  while (const auto row = file.next()) {
    const auto name = name_of(*row);
    if (!name) {
      faults.add(row->fault);
      continue;
    }
    const auto [first, is_new] = lines.try_emplace(*name, file.line_number());
    if (!is_new) faults.add(file.fault(first->first, "was in line " + std::to_string(first->second) + " already"));
  }
  faults.throw_any();
  if (lines.empty()) throw Failure(file.fault("", "has no rows below its header"));
  return lines.size();
}

}  // namespace hss::app::cli

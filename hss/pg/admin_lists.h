// SPDX-License-Identifier: Apache-2.0
// What the lists of the operator's tool share: how an identity is looked for, and rows as far as they were wanted.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hss::pg {

// What somebody typed, in the canonical form that it has as either; nothing is found by an empty one.
struct NamedIdentity {
  std::string impi;
  std::string impu;
};

template <typename Row>
struct Page {
  std::vector<Row> rows;
  bool has_more = false;  // than were asked for

  // Statements ask for one row more, to see whether there is one.
  void cut(std::int64_t limit) {
    has_more = std::cmp_greater(rows.size(), limit);
    if (has_more) rows.pop_back();
  }
};

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Joins the statements of several files.
#include "hss/pg/statement.h"

namespace hss::pg {

std::vector<Statement> joined(std::initializer_list<std::span<const Statement>> lists) {
  std::vector<Statement> out;
  for (const std::span<const Statement> list : lists) {
    out.insert(out.end(), list.begin(), list.end());
  }
  return out;
}

}  // namespace hss::pg

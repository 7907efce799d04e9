// SPDX-License-Identifier: Apache-2.0
// How many rows a write met, out of libpq's text.
#include "hss/pg/result.h"

#include <charconv>

namespace hss::pg {

std::size_t Result::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

}  // namespace hss::pg

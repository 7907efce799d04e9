// SPDX-License-Identifier: Apache-2.0
// The form of a batch's statement for a batch of one row: parameters in place of arrays, which costs PostgreSQL less.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hss::pg {

// Each `unnest($1::T[], ...) [WITH ORDINALITY] AS r (a, ...)` becomes `(SELECT $1::T AS a, ...) AS r`, and one row that
// is locked is not sorted. Nothing when there is no unnest, or one that is not written like that.
std::optional<std::string> for_one_row(std::string_view sql);

}  // namespace hss::pg

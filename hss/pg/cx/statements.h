// SPDX-License-Identifier: Apache-2.0
// What every connection of Cx prepares.
#pragma once

#include "hss/pg/statement.h"

#include <vector>

namespace hss::pg {

std::vector<Statement> cx_statements();

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// Prints what the server sets in each session, then its statements, also in the form for one row: name, tab, SQL.
#include "hss/pg/cx/statements.h"
#include "hss/pg/connection.h"
#include "hss/pg/cx/pushes.h"
#include "hss/pg/one_row.h"
#include "hss/pg/zh/users.h"

#include <iostream>
#include <set>
#include <string_view>

int main() {
  for (const char* setting : hss::pg::session_settings()) {
    std::cout << "\t" << setting << '\n';
  }
  std::set<std::string_view> printed;  // what connections share has one name
  for (const hss::pg::Statement& statement :
       hss::pg::joined({hss::pg::cx_statements(), hss::pg::zh_statements(), hss::pg::push_statements()})) {
    if (!printed.insert(statement.name).second) {
      continue;
    }
    std::cout << statement.name << '\t' << statement.sql << '\n';
    if (const auto sql = hss::pg::for_one_row(statement.sql)) {
      std::cout << statement.name << "_of_one\t" << *sql << '\n';
    }
  }
}

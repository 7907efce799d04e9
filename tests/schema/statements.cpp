// SPDX-License-Identifier: Apache-2.0
// Prints what the server sets in each session, then its statements, also in the form for one row: name, tab, SQL.
#include "hss/pg/cx/statements.h"
#include "hss/pg/connection.h"
#include "hss/pg/credential_rows.h"
#include "hss/pg/one_row.h"

#include <iostream>

int main() {
  for (const char* setting : hss::pg::session_settings()) {
    std::cout << "\t" << setting << '\n';
  }
  const auto statements = hss::pg::joined({hss::pg::cx_statements(), hss::pg::imsi_statements()});
  for (const hss::pg::Statement& statement : statements) {
    std::cout << statement.name << '\t' << statement.sql << '\n';
    if (const auto sql = hss::pg::for_one_row(statement.sql)) {
      std::cout << statement.name << "_of_one\t" << *sql << '\n';
    }
  }
}

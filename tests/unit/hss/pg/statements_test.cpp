// SPDX-License-Identifier: Apache-2.0
// What connections prepare: each name once, and the shared statements first.
#include "hss/pg/cx/statements.h"
#include "hss/pg/credential_transaction.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace {

std::set<std::string_view> names_in(const std::vector<hss::pg::Statement>& statements) {
  std::set<std::string_view> out;
  for (const auto& statement : statements) {
    EXPECT_TRUE(out.insert(statement.name).second) << statement.name << " twice";
  }
  return out;
}

TEST(Statements, have_one_name_each_on_a_connection) {
  EXPECT_FALSE(names_in(hss::pg::cx_statements()).empty());
  EXPECT_FALSE(names_in(hss::pg::credential_store_statements()).empty());
}

TEST(Statements, of_registration_are_not_prepared_where_there_is_none) {
  const auto names = names_in(hss::pg::credential_store_statements());
  for (const char* needed : {"begin", "commit", "rollback", "lock_credentials", "lock_credentials_of_imsis"}) {
    EXPECT_TRUE(names.contains(needed)) << needed;
  }
  EXPECT_FALSE(names.contains("read_registrations"));
}

}  // namespace

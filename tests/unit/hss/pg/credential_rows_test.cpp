// SPDX-License-Identifier: Apache-2.0
// Which statements lock and write credentials: by IMPI and by IMSI, the short form for one domain, and the rest.
#include "hss/pg/credential_rows.h"
#include "hss/pg/credential_writes.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using hss::CredentialRow;
using hss::CredentialRows;
using hss::CredentialWanted;
using By = CredentialWanted::By;

std::vector<std::string_view> names_of(const std::vector<hss::pg::Command>& commands) {
  std::vector<std::string_view> out;
  for (const auto& command : commands) {
    out.emplace_back(command.statement->name);
  }
  return out;
}
std::vector<std::string_view> names_of(const std::vector<hss::pg::Write>& writes) {
  std::vector<std::string_view> out;
  for (const auto& write : writes) {
    out.emplace_back(write.command.statement->name);
  }
  return out;
}
using Names = std::vector<std::string_view>;

TEST(CredentialRows, are_locked_by_what_members_name) {
  const std::array by_impi{CredentialWanted{"a@ims.test"}, CredentialWanted{}};
  EXPECT_EQ(names_of(hss::pg::lock_credentials_commands(by_impi)), Names{"lock_credentials"});
  const std::array both{CredentialWanted{"a@ims.test"}, CredentialWanted{"001010000000001", By::imsi}};
  EXPECT_EQ(names_of(hss::pg::lock_credentials_commands(both)),
            (Names{"lock_credentials", "lock_credentials_of_imsis"}));
  const std::array none{CredentialWanted{}, CredentialWanted{"", By::imsi}};
  EXPECT_TRUE(hss::pg::lock_credentials_commands(none).empty());
}

TEST(CredentialRows, keep_the_place_of_each_member) {
  const std::array both{CredentialWanted{"a@ims.test"}, CredentialWanted{"001010000000001", By::imsi}};
  for (const auto& command : hss::pg::lock_credentials_commands(both)) {
    EXPECT_FALSE(command.params.is_one_row()) << "as many identities as members";
  }
}

TEST(CredentialRows, that_were_left_out_are_told_apart_and_no_others) {
  CredentialRows rows;
  rows.members.resize(2);
  const std::array both{CredentialWanted{"a@ims.test"}, CredentialWanted{"001010000000001", By::imsi}};
  EXPECT_EQ(names_of(hss::pg::read_left_out_commands(both, rows)), (Names{"read_keys", "read_keys_of_imsis"}));
  rows.members[0].credential = 0;
  EXPECT_EQ(names_of(hss::pg::read_left_out_commands(both, rows)), Names{"read_keys_of_imsis"});
  rows.members[1].credential = 0;
  EXPECT_TRUE(hss::pg::read_left_out_commands(both, rows).empty());
}

TEST(CredentialRows, are_written_by_what_changed) {
  CredentialRows rows;
  rows.rows.resize(1);
  EXPECT_TRUE(hss::pg::sqn_writes(rows, auc::Domain::gba).empty());
  CredentialRow& row = rows.rows.front();
  row.changed = true;
  constexpr std::array<std::string_view, auc::domain_count> names{"write_sqn_ps",  "write_sqn_cs",   "write_sqn_ims",
                                                                  "write_sqn_eps", "write_sqn_wlan", "write_sqn_gba"};
  for (std::size_t i = 0; i < auc::domain_count; ++i) {
    const auto domain = static_cast<auc::Domain>(i);
    EXPECT_EQ(names_of(hss::pg::sqn_writes(rows, domain)), Names{names.at(i)});
  }
  row.rest_changed = true;
  EXPECT_EQ(names_of(hss::pg::sqn_writes(rows, auc::Domain::gba)), Names{"write_sqn_state"});
  row.returned = hss::TakenReturn{400, {9}, "card-1"};
  EXPECT_EQ(names_of(hss::pg::sqn_writes(rows, auc::Domain::gba)), (Names{"take_return", "write_sqn_state"}))
      << "first what allows the numbers to go down";
}

}  // namespace

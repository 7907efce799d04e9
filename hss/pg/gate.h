// SPDX-License-Identifier: Apache-2.0
// What a connection has to pass before it is used: a durable database, the right schema, and numbers that cannot
// repeat.
#pragma once

#include "hss/pg/options.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hss::pg {

class Connection;

// What was so when the connection passed, and what every locking statement reads again.
struct Passage {
  std::uint64_t lead = 0;
  std::optional<std::int64_t> ind_bits;  // of all numbers issued; nothing: none was
  std::int64_t table_oid = 0;            // of sqn_state
  std::int64_t table_filenode = 0;
};

// Forces durable commits; refuses a database that may forget them, another schema, and an IND of another length.
// Another incarnation of the database than the one that issued numbers last may lack commits whose vectors are out:
// then all numbers leap, durably, before the connection is used. Throws StoreError.
class Gate {
 public:
  Gate(Connection& connection, const Options& options);

  // Throws StoreError (unavailable) when the connection has to end, because numbers may have gone back under it.
  void check(const Passage& now);

 private:
  std::string text_of(const char* sql);  // the first column of its first row; empty: there is none
  void check_durability();
  void check_schema();
  void check_ind_bits();
  void leap_if_needed();
  void compare_policy();
  void warn_of_far_cards();

  Connection& connection_;
  const Options& options_;
  std::string cluster_;  // id of this set of numbers
  std::string incarnation_;
  Passage passage_;
};

}  // namespace hss::pg

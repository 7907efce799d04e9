// SPDX-License-Identifier: Apache-2.0
// What one statement gave, as libpq keeps it. Its rows are read by a Cursor (hss/pg/cursor.h).
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace hss::pg {

class Result {
 public:
  // Takes the result, which may be null; `statement` names it in errors and has to live as long.
  Result(PGresult* result, const char* statement) : result_(result), statement_(statement) {}

  [[nodiscard]] PGresult* get() const noexcept { return result_.get(); }
  [[nodiscard]] const char* statement() const noexcept { return statement_; }
  [[nodiscard]] int rows() const noexcept { return PQntuples(result_.get()); }
  [[nodiscard]] int columns() const noexcept { return PQnfields(result_.get()); }
  [[nodiscard]] std::size_t affected() const;  // rows that a write met
  [[nodiscard]] std::string_view command() const noexcept { return PQcmdStatus(result_.get()); }

 private:
  struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
  const char* statement_;
};

}  // namespace hss::pg

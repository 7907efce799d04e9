// SPDX-License-Identifier: Apache-2.0
// The UserStore of Zh over PostgreSQL. One thread at a time.
#pragma once

#include "hss/pg/link.h"
#include "hss/pg/options.h"
#include "hss/pg/statement.h"
#include "hss/zh/user_store.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::pg {

class PgUserStore final : public zh::UserStore {
 public:
  // Does not connect yet; the first use does.
  explicit PgUserStore(Options options);

  std::unique_ptr<zh::UserTransaction> begin() override;
  std::vector<std::vector<std::string>> impis_of(std::span<const std::string_view> impus) override;
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const zh::AskedUser> asked) override;

 private:
  Link link_;
};

// What every connection of Zh prepares.
std::vector<Statement> zh_statements();

}  // namespace hss::pg

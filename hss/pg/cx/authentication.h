// SPDX-License-Identifier: Apache-2.0
// The AuthenticationStore over PostgreSQL. One thread at a time.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/pg/link.h"
#include "hss/pg/options.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hss::pg {

std::span<const Statement> authentication_statements();

class PgAuthenticationStore final : public AuthenticationStore {
 public:
  // Does not connect yet; the first use does.
  explicit PgAuthenticationStore(Options options);

  std::unique_ptr<AuthenticationTransaction> begin_authentication() override;
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const std::string> impis) override;
  std::vector<hsm::KekCheck> kek_checks() override;

 private:
  Link link_;
};

}  // namespace hss::pg

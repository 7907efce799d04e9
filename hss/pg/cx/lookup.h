// SPDX-License-Identifier: Apache-2.0
// The LookupStore over PostgreSQL. One thread at a time.
#pragma once

#include "hss/cx/lookup_store.h"
#include "hss/pg/link.h"

#include <memory>
#include <utility>

namespace hss::pg {

std::span<const Statement> lookup_statements();

class PgLookupStore final : public LookupStore {
 public:
  explicit PgLookupStore(std::shared_ptr<Link> link) : link_(std::move(link)) {}

  std::vector<UserAuthorizationRow> read(std::span<const UserAuthorizationRequest* const> requests) override;
  std::vector<LocationInfoRow> read(std::span<const LocationInfoRequest* const> requests) override;
  std::unique_ptr<ReassignmentTransaction> begin_reassignment(std::span<const std::int64_t> ids) override;

 private:
  std::shared_ptr<Link> link_;
};

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// The AssignmentStore over PostgreSQL. One thread at a time.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/pg/link.h"

#include <memory>
#include <utility>

namespace hss::pg {

class PgAssignmentStore final : public AssignmentStore {
 public:
  explicit PgAssignmentStore(std::shared_ptr<Link> link) : link_(std::move(link)) {}

  std::unique_ptr<AssignmentTransaction> begin_assignment() override;
  std::vector<ServiceProfile> service_profiles(std::span<const std::int64_t> ids) override;
  void forget_told(const AssociationRow& told) override;
  bool forget_requests() override;

 private:
  std::shared_ptr<Link> link_;
};

}  // namespace hss::pg

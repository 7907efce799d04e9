// SPDX-License-Identifier: Apache-2.0
// The PushStore over PostgreSQL. One thread at a time.
#pragma once

#include "hss/cx/push_store.h"
#include "hss/pg/link.h"

#include <chrono>
#include <string>
#include <vector>

namespace hss::pg {

// What its connection prepares.
std::vector<Statement> push_statements();

struct PushStoreOptions {
  std::chrono::seconds give_up{};  // a push that is older is overdue
  std::chrono::seconds keep{};     // how long those that ended are kept
  std::chrono::seconds sweep{};    // how often everything shared is looked through
};

class PgPushStore final : public PushStore {
 public:
  PgPushStore(Options options, PushStoreOptions own);

  std::unique_ptr<ChangeTransaction> take_changes(std::size_t most) override;
  bool look_through_shared() override;
  std::vector<Destination> due_destinations() override;
  std::vector<PushRow> claim(const std::string& host, std::size_t most, std::chrono::milliseconds lease,
                             bool overdue) override;
  std::unique_ptr<PushTransaction> begin_push() override;
  void do_housekeeping() override;

 private:
  Link link_;
  const PushStoreOptions own_;
  const std::string owner_;  // of claims: unlike any other process, or life of this one
  std::chrono::steady_clock::time_point next_sweep_;
};

}  // namespace hss::pg

// The Store over PostgreSQL: one connection, re-opened with back-off when it was lost. One thread at a time.
#pragma once

#include "hss/pg/options.h"
#include "hss/store.h"

#include <chrono>
#include <memory>

namespace hss::pg {

class Connection;

class PgStore final : public Store {
 public:
  // Does not connect yet; the first use does.
  explicit PgStore(Options options);
  ~PgStore() override;

  std::unique_ptr<AuthenticationTransaction> begin_authentication() override;
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const std::string> impis) override;
  std::vector<hsm::KekCheck> kek_checks() override;

  // The open connection; opens it when there is none and the back-off allows, throws StoreError otherwise.
  Connection& connection();

 private:
  Options options_;
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point next_attempt_{};
  std::chrono::milliseconds back_off_{0};
};

}  // namespace hss::pg

// SPDX-License-Identifier: Apache-2.0
// From what the token made to a Multimedia-Auth-Answer of Zh.
#include "hss/app/zh/token_tasks.h"

#include "hss/zh/multimedia_auth.h"

#include <utility>
#include <vector>

namespace hss::app {
namespace {

struct VectorClient {
  Pending<ZhMultimediaAuth> pending;
  zh::MultimediaAuthAnswer told;

  [[nodiscard]] bool is_wanted() const noexcept { return !pending->is_answered(); }
  void answer(Outcome outcome, std::vector<auc::Vector> vectors) noexcept {
    told.outcome = outcome;
    if (!vectors.empty()) {
      told.vector = std::move(vectors.front());
    }
    pending->answer(std::move(told));
  }
  void give_up(Outcome outcome) const noexcept { pending->answer(outcome); }
};

}  // namespace

std::unique_ptr<TokenTask> vector_task(Pending<ZhMultimediaAuth> pending, VectorOrder order,
                                       std::optional<zh::ToldSettings> settings) {
  zh::MultimediaAuthAnswer told;
  told.scheme_name = zh::answered_scheme(pending->request());
  told.settings = std::move(settings);
  return std::make_unique<VectorTask<VectorClient>>(VectorClient{std::move(pending), std::move(told)},
                                                    std::move(order));
}

}  // namespace hss::app

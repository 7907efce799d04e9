// SPDX-License-Identifier: Apache-2.0
// From what the token made to a Multimedia-Auth-Answer of Zh.
#include "hss/app/zh/token_tasks.h"

#include "hss/aka.h"
#include "hss/zh/multimedia_auth.h"

#include <exception>
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

struct AutsClient {
  Pending<ZhMultimediaAuth> pending;
  Lane<ZhMultimediaAuth>& back_to;

  [[nodiscard]] bool is_wanted() const noexcept { return !pending->is_answered(); }
  void checked(std::shared_ptr<const hsm::KeyReference> key, std::optional<auc::Sqn> sqn_ms) const noexcept {
    pending->state.checked = CheckedAuts{std::move(key), sqn_ms};
    try {
      back_to.submit(pending);
    } catch (const std::exception&) {  // without memory it cannot wait
      pending->answer(Outcome::out_of_service);
    }
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

std::unique_ptr<TokenTask> auts_task(Pending<ZhMultimediaAuth> pending, std::shared_ptr<const hsm::KeyReference> key,
                                     Lane<ZhMultimediaAuth>& back_to) {
  const auto resync = resynchronisation_of(pending->request().authorization).value();
  return std::make_unique<AutsTask<AutsClient>>(AutsClient{std::move(pending), back_to},
                                                AutsOrder{std::move(key), resync.rand, resync.auts});
}

}  // namespace hss::app

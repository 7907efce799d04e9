// SPDX-License-Identifier: Apache-2.0
// From what the token made to a Multimedia-Auth-Answer.
#include "hss/app/cx/token_tasks.h"

#include "hss/cx/authentication_scheme.h"
#include "hss/cx/digest.h"

#include <string>
#include <utility>
#include <vector>

namespace hss::app {
namespace {

struct VectorClient {
  Pending<MultimediaAuth> pending;
  std::string scheme_name;

  [[nodiscard]] bool is_wanted() const noexcept { return !pending->is_answered(); }
  void answer(Outcome outcome, std::vector<auc::Vector> vectors) noexcept {
    MultimediaAuthAnswer answer;
    answer.outcome = outcome;
    answer.scheme_name = std::move(scheme_name);
    answer.vectors = std::move(vectors);
    pending->answer(std::move(answer));
  }
  void give_up(Outcome outcome) const noexcept { pending->answer(outcome); }
};

class DigestTask final : public TokenTask {
 public:
  DigestTask(Pending<MultimediaAuth> pending, std::shared_ptr<const SchemeData> data)
      : pending_(std::move(pending)), data_(std::move(data)) {
    answer_.scheme_name = answered_name(pending_->request().scheme_name, Scheme::sip_digest);
  }

  [[nodiscard]] bool is_wanted() const noexcept override { return !pending_->is_answered(); }
  void perform(hsm::Token& token) override {
    answer_.digest = open_digest(token, pending_->request().impi, *data_->digest);
  }
  void finish(Outcome outcome) noexcept override {
    answer_.outcome = outcome;
    pending_->answer(std::move(answer_));
  }
  void give_up(Outcome outcome) noexcept override { pending_->answer(outcome); }
  [[nodiscard]] std::string owner() const override { return "H(A1) of impi " + std::to_string(data_->impi_id); }

 private:
  const Pending<MultimediaAuth> pending_;
  const std::shared_ptr<const SchemeData> data_;
  MultimediaAuthAnswer answer_;
};

}  // namespace

std::unique_ptr<TokenTask> vector_task(Pending<MultimediaAuth> pending, VectorOrder order) {
  std::string scheme_name = answered_name(pending->request().scheme_name, Scheme::aka);
  return std::make_unique<VectorTask<VectorClient>>(VectorClient{std::move(pending), std::move(scheme_name)},
                                                    std::move(order));
}

std::unique_ptr<TokenTask> digest_task(Pending<MultimediaAuth> pending, std::shared_ptr<const SchemeData> data) {
  return std::make_unique<DigestTask>(std::move(pending), std::move(data));
}

}  // namespace hss::app

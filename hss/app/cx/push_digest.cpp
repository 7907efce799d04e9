// SPDX-License-Identifier: Apache-2.0
// One task a push.
#include "hss/app/cx/push_digest.h"

#include "hss/app/lane/survive.h"
#include "hss/cx/digest.h"

#include <string>
#include <utility>

namespace hss::app {
namespace {

class Task final : public TokenTask {
 public:
  Task(DigestOrder order, OpenedDigest digest, std::shared_ptr<OpenedDigests> to)
      : row_(std::move(order.row)), digest_(std::move(digest)), to_(std::move(to)) {
    digest_.request = std::move(order.request);
  }

  [[nodiscard]] bool is_wanted() const noexcept override { return true; }
  void perform(hsm::Token& token) override { digest_.request.digest = open_digest(token, digest_.request.impi, row_); }
  void finish(Outcome outcome) noexcept override {
    if (outcome != Outcome::success) {
      digest_.request.digest.reset();
    }
    survive([&] { to_->add(std::move(digest_)); });
  }
  void give_up(Outcome outcome) noexcept override { finish(outcome); }
  [[nodiscard]] std::string owner() const override {
    return "H(A1) of impi " + std::to_string(digest_.sent.push.impi_id);
  }

 private:
  const DigestRow row_;
  OpenedDigest digest_;
  const std::shared_ptr<OpenedDigests> to_;
};

}  // namespace

void OpenedDigests::add(OpenedDigest digest) {
  const std::lock_guard lock(mutex_);
  opened_.push_back(std::move(digest));
  if (wake_) {
    wake_();
  }
}

std::vector<OpenedDigest> OpenedDigests::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(opened_, {});
}

void OpenedDigests::close() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

std::unique_ptr<TokenTask> open_for_push(DigestOrder order, SentPush sent, BootClock::time_point lease_ends,
                                         std::shared_ptr<OpenedDigests> to) {
  return std::make_unique<Task>(std::move(order), OpenedDigest{std::move(sent), {}, lease_ends}, std::move(to));
}

}  // namespace hss::app

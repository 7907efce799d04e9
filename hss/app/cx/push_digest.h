// SPDX-License-Identifier: Apache-2.0
// H(A1) for a PPR: opened by the token at the moment of sending, and wiped with the request.
#pragma once

#include "hss/app/cx/push_flight.h"
#include "hss/app/token_task.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace hss::app {

struct OpenedDigest {
  SentPush sent;
  ProfileRequest request;  // without a digest: the token did not open it
  BootClock::time_point lease_ends;
};

// From the token's threads back to that of the pushes. Any thread.
class OpenedDigests {
 public:
  explicit OpenedDigests(std::function<void()> wake) : wake_(std::move(wake)) {}
  void add(OpenedDigest digest);
  std::vector<OpenedDigest> take();
  // Nobody is woken from now on.
  void close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<OpenedDigest> opened_;
};

std::unique_ptr<TokenTask> open_for_push(DigestOrder order, SentPush sent, BootClock::time_point lease_ends,
                                         std::shared_ptr<OpenedDigests> to);

}  // namespace hss::app

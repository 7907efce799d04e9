// SPDX-License-Identifier: Apache-2.0
// A bucket is one point in time: when it will be full again.
#include "hss/number_budget.h"

#include <algorithm>
#include <functional>
#include <string>

namespace hss {
namespace {

// A fingerprint cannot be guessed, so nobody can aim at another peer's bucket.
std::uint64_t name_of(std::span<const std::uint8_t> fingerprint, std::string_view peer) {
  std::string name(fingerprint.begin(), fingerprint.end());
  name += peer;
  return std::hash<std::string>{}(name);
}

}  // namespace

NumberBudget::NumberBudget(std::uint32_t burst, std::chrono::milliseconds refill)
    : burst_(burst), refill_(refill), buckets_(burst == 0 ? 0 : places) {}

NumberBudget::Bucket& NumberBudget::bucket_of(std::uint64_t of) {
  auto& set = buckets_[of % buckets_.size()];
  const auto known = std::ranges::find(set, of, &Bucket::of);
  Bucket& bucket = known != set.end() ? *known : *std::ranges::min_element(set, {}, &Bucket::full_at);
  if (known == set.end()) {
    bucket = {of, {}};
  }
  return bucket;
}

bool NumberBudget::take(std::span<const std::uint8_t> fingerprint, std::string_view peer, std::size_t count, Time now) {
  if (burst_ == 0) {
    return true;
  }
  const std::uint64_t of = name_of(fingerprint, peer);
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(of);
  const Time full_at = std::max(bucket.full_at, now) + refill_ * static_cast<std::int64_t>(count);
  if (full_at - now > refill_ * std::int64_t{burst_}) {
    return false;
  }
  bucket.full_at = full_at;
  return true;
}

}  // namespace hss

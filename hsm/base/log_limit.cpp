// SPDX-License-Identifier: Apache-2.0
// Buckets by cause, the longest unheard of forgotten first.
#include "hsm/base/log_limit.h"

#include "hsm/base/log.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace base {
namespace {

constexpr std::chrono::seconds idle{60};  // whose bucket is full again: forgetting it changes nothing

}  // namespace

bool LogLimit::Bucket::take(Time now) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - refilled);
  if (seconds.count() > 0) {
    lines = static_cast<unsigned>(std::min<std::int64_t>(burst, lines + seconds.count()));
    refilled += seconds;
  }
  return lines > 0 && lines-- > 0;
}

LogLimit::Cause* LogLimit::known(std::string_view name) {
  const auto found = index_.find(name);
  if (found == index_.end()) {
    return nullptr;
  }
  found->second->came_again = true;
  causes_.splice(causes_.begin(), causes_, found->second);
  return &causes_.front();
}

// One that is idle; else the latest that came once only, so that what is made up displaces its like.
void LogLimit::forget_one(Time now) {
  auto victim = std::prev(causes_.end());
  if (now - victim->last < idle) {
    const auto once = std::ranges::find(causes_, false, &Cause::came_again);
    victim = once == causes_.end() ? victim : once;
  }
  others_held_back_ += victim->held_back;
  index_.erase(victim->name);
  causes_.erase(victim);
}

// A cause that is new takes the place of one that is idle at once, of another a few times and then once in a second.
LogLimit::Cause* LogLimit::admit(std::string_view name, Time now) {
  if (causes_.size() >= most_causes) {
    if (now - causes_.back().last < idle && !newcomers_.take(now)) {
      ++others_held_back_;
      return nullptr;
    }
    forget_one(now);
  }
  causes_.emplace_front(Cause{std::string(name), {burst, now}, now, 0});
  index_.emplace(causes_.front().name, causes_.begin());
  return &causes_.front();
}

void LogLimit::report_others() {
  if (others_held_back_ > 0) {
    log(event("log_lines_held_back"), "", "count={} reason=\"more than {} causes at once\"", others_held_back_,
        most_causes);
    others_held_back_ = 0;
  }
}

std::optional<std::uint64_t> LogLimit::pass(std::string_view cause, Time now) noexcept {
  const std::string_view name = cause.substr(0, longest_cause);
  try {
    const std::lock_guard lock(mutex_);
    Cause* found = known(name);
    if (found == nullptr) {
      found = admit(name, now);
    }
    if (found == nullptr) {
      return std::nullopt;
    }
    found->last = now;
    if (!found->bucket.take(now)) {
      ++found->held_back;
      return std::nullopt;
    }
    report_others();
    return std::exchange(found->held_back, 0);
  } catch (const std::exception&) {  // no memory: then there is no line either
    return std::nullopt;
  }
}

}  // namespace base

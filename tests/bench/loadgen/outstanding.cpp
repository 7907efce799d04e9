// SPDX-License-Identifier: Apache-2.0
// A sliding window of requests.
#include "outstanding.h"

#include <algorithm>

namespace bench {

std::uint32_t Outstanding::add(const Request& request) {
  entries_.push_back({request, State::waiting});
  ++waiting_;
  return first_ + static_cast<std::uint32_t>(entries_.size() - 1);
}

Found Outstanding::settle(std::uint32_t id, Request& request) {
  const std::uint32_t offset = id - first_;
  // Identifiers wrap: a distance in the upper half means that the identifier lies before the window.
  if (offset >= entries_.size()) return offset > 0x80000000 ? Found::duplicate : Found::unknown;
  Entry& entry = entries_[offset];
  if (entry.state == State::settled) return Found::duplicate;
  const bool late = entry.state == State::given_up;
  request = entry.request;
  entry.state = State::settled;
  if (!late) --waiting_;
  close_front();
  return late ? Found::late : Found::waiting;
}

void Outstanding::close_front() {
  while (!entries_.empty() && entries_.front().state == State::settled) {
    entries_.pop_front();
    ++first_;
    not_judged_ -= std::min<std::size_t>(not_judged_, 1);
  }
}

Outstanding::GivenUp Outstanding::give_up_sent_before(std::uint64_t time_ns) {
  GivenUp given_up;
  while (not_judged_ < entries_.size() && entries_[not_judged_].request.sent_ns < time_ns) {
    Entry& entry = entries_[not_judged_++];
    if (entry.state != State::waiting) continue;
    entry.state = State::given_up;
    ++given_up.all;
    given_up.measured += entry.request.measured ? 1 : 0;
  }
  waiting_ -= given_up.all;
  return given_up;
}

void Outstanding::forget_sent_before(std::uint64_t time_ns) {
  while (!entries_.empty() && entries_.front().state != State::waiting && entries_.front().request.sent_ns < time_ns) {
    entries_.pop_front();
    ++first_;
    not_judged_ -= std::min<std::size_t>(not_judged_, 1);
  }
}

}  // namespace bench

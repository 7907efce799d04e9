// SPDX-License-Identifier: Apache-2.0
// Reads the control file and applies its rules.
#include "control.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace p11shim {
namespace {

constexpr std::chrono::milliseconds between_looks{2};

std::chrono::microseconds duration_of(const std::string& text) {
  std::size_t end = 0;
  const auto number = std::stoll(text, &end);
  const std::string unit = text.substr(end);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "ms") return std::chrono::milliseconds(number);
  return std::chrono::microseconds(number);
}

// By default the kernel adds up to 50 us to each sleep of a thread.
void sleep_exactly(std::chrono::microseconds delay) {
  thread_local const int ignored = ::prctl(PR_SET_TIMERSLACK, 1UL);
  (void)ignored;
  std::this_thread::sleep_for(delay);
}

bool concerns(const std::string& rule, std::string_view function) { return rule == "*" || rule == function; }

}  // namespace

void Control::reload_if_changed() {
  struct stat status {};
  Stamp now;
  if (::stat(file_.c_str(), &status) == 0) {
    now = {status.st_ino, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  if (now == stamp_) return;
  stamp_ = now;
  write_counts();
  rules_.clear();
  invalidate_ = false;
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) take_line(line);
}

void Control::take_line(const std::string& line) {
  std::istringstream words(line);
  std::string verb, function, value;
  words >> verb >> function >> value;
  if (verb.empty() || verb.front() == '#') return;
  if (verb == "invalidate-sessions") {
    invalidate_ = true;
  } else if (verb == "count") {
    counts_file_ = function;
  } else if (verb == "block" || verb == "close-session") {
    Rule rule{verb == "block" ? Action::block : Action::close_session, function};
    if (value.starts_with("count=")) rule.left = std::stoull(value.substr(6));
    rules_.push_back(rule);
  } else if (verb == "delay" && !value.empty()) {
    rules_.push_back({Action::delay, function, duration_of(value)});
  } else if (verb == "fail" && !value.empty()) {
    Rule rule{Action::fail, function, {}, std::stoul(value, nullptr, 0)};
    for (std::string option; words >> option;) {
      if (option.starts_with("count=")) rule.left = std::stoull(option.substr(6));
      if (option.starts_with("skip=")) rule.skip = std::stoull(option.substr(5));
    }
    rules_.push_back(rule);
  } else if (verb == "alter" && !value.empty()) {
    Rule rule{Action::alter, function};
    rule.change.type = std::stoul(value, nullptr, 0);
    std::string flag;
    words >> flag;
    if (flag != "drop") rule.change.value = static_cast<unsigned char>(std::stoul(flag, nullptr, 0));
    rules_.push_back(rule);
  } else {
    std::fprintf(stderr, "p11shim: order not understood: %s\n", line.c_str());
  }
}

void Control::write_counts() {
  if (counts_file_.empty()) return;
  std::ofstream out(std::exchange(counts_file_, {}));
  for (const auto& [function, calls] : std::exchange(counts_, {})) out << function << ' ' << calls << '\n';
}

bool Control::Rule::spend() {
  if (!left) return true;
  if (*left == 0) return false;
  --*left;
  return true;
}

std::optional<Control::Stamp> Control::blocking(std::string_view function) {
  const std::lock_guard lock(mutex_);
  reload_if_changed();
  if (!counts_file_.empty()) {
    const auto known = counts_.find(function);
    ++(known == counts_.end() ? counts_[std::string(function)] : known->second);
  }
  for (Rule& rule : rules_) {
    if (rule.action == Action::block && concerns(rule.function, function) && rule.spend()) return stamp_;
  }
  return std::nullopt;
}

bool Control::is_still(const Stamp& stamp) {
  const std::lock_guard lock(mutex_);
  reload_if_changed();
  return stamp_ == stamp;
}

std::optional<unsigned long> Control::before(std::string_view function) {
  while (const auto orders = blocking(function)) {
    while (is_still(*orders)) std::this_thread::sleep_for(between_looks);
  }
  std::chrono::microseconds delay{0};
  std::optional<unsigned long> rv;
  {
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_) {
      if (!concerns(rule.function, function)) continue;
      if (rule.action == Action::delay) delay += rule.delay;
      if (rule.action != Action::fail || rv) continue;
      if (rule.skip > 0) {
        --rule.skip;
      } else if (rule.spend()) {
        rv = rule.rv;
      }
    }
  }
  if (delay.count() > 0) sleep_exactly(delay);
  return rv;
}

std::vector<Control::Change> Control::changes(std::string_view function) {
  const std::lock_guard lock(mutex_);
  std::vector<Change> found;
  for (const Rule& rule : rules_) {
    if (rule.action == Action::alter && concerns(rule.function, function)) found.push_back(rule.change);
  }
  return found;
}

bool Control::must_close_session(std::string_view function) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    if (rule.action == Action::close_session && concerns(rule.function, function) && rule.spend()) return true;
  }
  return false;
}

bool Control::must_invalidate() {
  const std::lock_guard lock(mutex_);
  return std::exchange(invalidate_, false);
}

}  // namespace p11shim

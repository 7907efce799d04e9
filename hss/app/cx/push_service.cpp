// SPDX-License-Identifier: Apache-2.0
// One round after the other: answers, changes, what is due.
#include "hss/app/cx/push_service.h"

#include "hsm/base/log.h"
#include "hss/app/cx/push_digest.h"
#include "hss/app/lane/survive.h"
#include "hss/cx/push_settlement.h"
#include "hss/text_forms.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds look_up{500};  // at what is due, whoever forgot to tell
constexpr std::chrono::milliseconds pause_after_error{500};
constexpr std::chrono::milliseconds pause_for_held{100};
constexpr std::chrono::seconds housekeeping_interval{5};
constexpr std::size_t changes_at_once = 256;
constexpr std::size_t pushes_at_once = 64;  // whose subscriptions are locked while their documents are made

// A fault of one row, perhaps, rather than of the database.
bool may_be_one_alone(const StoreError& error) {
  return error.failure() == StoreFailure::busy || error.failure() == StoreFailure::refused;
}

void report(const StoreError& error) {
  base::log(base::event("store_failed"), error.what(), "error=\"{}\" at={}", error.what(), error.where());
}

void report_given_up(const PushRow& push, std::string_view why) {
  const char* const kind = push.kind == PushKind::rtr ? "RTR" : "PPR";
  base::log(base::event("push_given_up"), push.destination.host, "push={} command={} cause={} host={} reason=\"{}\"",
            push.id, kind, push.cause, log_text(push.destination.host), log_text(why));
}

constexpr std::uint32_t unable_to_deliver = 3002;  // RFC 6733 7.1.3: as if the next hop had said so

PushPolicy policy_of(const PeerConfig& peer) {
  switch (peer.pushes) {
    case Pushes::ppr:
      return PushPolicy::ppr;
    case Pushes::rtr_instead:
      return PushPolicy::rtr_instead;
    case Pushes::none:
      break;
  }
  return PushPolicy::no_ppr;
}
PushManner manner_of(const PeerConfig& peer) { return {policy_of(peer), peer.user_data_extensions}; }

}  // namespace

PushService::PushService(std::unique_ptr<PushStore> store, TokenThreads& token, const Peers& peers, PushPort& port,
                         PushSettings settings)
    : store_(std::move(store)),
      token_(token),
      peers_(peers),
      port_(port),
      settings_(settings),
      documents_(settings.profiles),
      flights_(late_timeouts * settings.timeout),
      opened_(std::make_shared<OpenedDigests>([this] { wake(); })) {
  port_.answer_to(this);
}

PushService::~PushService() { stop(); }

void PushService::start() {
  thread_ = std::thread([this] { run(); });
}

void PushService::stop() {
  port_.answer_to(nullptr);
  opened_->close();
  flights_.stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void PushService::hear(std::uint64_t key, PushAnswer answer) noexcept {
  survive([&] { flights_.land(key, std::move(answer)); });
}

void PushService::add_to(Samples& out) const {
  out.push_back({metric("quintet_pushes_sent_total"), {"Cx", "RTR"}, counts_.terminations});
  out.push_back({metric("quintet_pushes_sent_total"), {"Cx", "PPR"}, counts_.profiles});
  out.push_back({metric("quintet_pushes_done_total"), {}, counts_.done});
  out.push_back({metric("quintet_pushes_repeated_total"), {}, counts_.again});
  out.push_back({metric("quintet_pushes_given_up_total"), {}, counts_.given_up});
}

void PushService::run() {
  pthread_setname_np(pthread_self(), "quintet-push");
  while (!flights_.is_stopping()) {
    auto pause = look_up;
    survive([&] {
      has_failed_ = false;
      const bool more = work();
      pause = has_failed_          ? pause_after_error
              : more               ? std::chrono::milliseconds(0)
              : unsettled_.empty() ? look_up
                                   : pause_for_held;
    });
    flights_.wait(pause);
  }
}

template <typename Part>
bool PushService::try_part(const Part& part) {
  try {
    return part();
  } catch (const StoreError& error) {
    report(error);
    has_failed_ = true;
    return false;
  }
}

bool PushService::work() {
  bool more = try_part([this] { return settle(); });
  more = try_part([this] { return work_off_changes(); }) || more;
  more = try_part([this] { return store_->look_through_shared(); }) || more;
  send_opened();
  more = try_part([this] { return send_due(); }) || more;
  try_part([this] {
    do_housekeeping();
    return false;
  });
  return more;
}

bool PushService::work_off_changes() {
  const auto transaction = store_->take_changes(changes_at_once);
  if (!transaction) {
    return false;
  }
  std::vector<ChangeDecision> decisions;
  std::ranges::transform(transaction->rows(), std::back_inserter(decisions), decide_change);
  transaction->commit(decisions);
  return !decisions.empty();
}

bool PushService::send_due() {
  bool more = false;
  for (const PushStore::Destination& destination : store_->due_destinations()) {
    more = try_part([&] { return send_to(destination); }) || more;
  }
  return more;
}

PushService::Allowance& PushService::allowance_of(const std::string& host) {
  const auto now = Clock::now();
  const auto most = static_cast<double>(settings_.rate);
  Allowance& out = allowances_.try_emplace(host, Allowance{most / 10, now, {}}).first->second;
  const double seconds = std::chrono::duration<double>(now - out.at).count();
  out.left = std::min(out.left + seconds * most, std::max(most / 10, 1.0));
  out.at = now;
  return out;
}

// What no answer has come for yet, and what the rate leaves.
std::size_t PushService::room_for(const std::string& host) {
  Allowance& allowance = allowance_of(host);
  allowance.lacked_since.reset();
  const std::size_t on_their_way = flights_.count(host);
  const std::size_t in_window = settings_.window > on_their_way ? settings_.window - on_their_way : 0;
  return std::min({in_window, static_cast<std::size_t>(allowance.left), pushes_at_once});
}

// Not reached for a while: after a start, connections take their time.
bool PushService::is_lost(const std::string& host) {
  Allowance& allowance = allowance_of(host);
  if (!allowance.lacked_since) {
    allowance.lacked_since = allowance.at;
  }
  return allowance.at - *allowance.lacked_since >=
         std::max<Clock::duration>(settings_.give_up / 60, std::chrono::seconds(1));
}

// True: a full portion was there, and something of it was sent.
bool PushService::send_to(const PushStore::Destination& destination) {
  const bool is_reachable = port_.reaches(destination.host);
  const bool may_give_up = !is_reachable && destination.has_overdue && is_lost(destination.host);
  const std::size_t room = is_reachable ? room_for(destination.host) : may_give_up ? pushes_at_once : 0;
  if (room == 0) {
    return false;
  }
  const auto lease = 3 * settings_.timeout;
  const auto lease_ends = BootClock::now() + lease;
  const auto pushes = store_->claim(destination.host, room, lease, !is_reachable);
  if (pushes.empty()) {
    return false;
  }
  const std::size_t sent = prepare(pushes, is_reachable, lease_ends);
  allowance_of(destination.host).left -= static_cast<double>(sent);
  return pushes.size() == room && (sent > 0 || !is_reachable);
}

std::size_t PushService::prepare(const std::vector<PushRow>& pushes, bool is_reachable,
                                 BootClock::time_point lease_ends) {
  const PushContext context{
      [this](std::string_view host) { return manner_of(peers_.of(host)); }, settings_.settling, is_reachable,
      [this](std::span<const WantedUserData> wanted, const ProfileRows& rows, PushTransaction& transaction) {
        return documents_.render(wanted, rows,
                                 [&](std::span<const std::int64_t> ids) { return transaction.service_profiles(ids); });
      }};
  PreparedPushes prepared;
  try {
    prepared = prepare_pushes(*store_->begin_push(), pushes, context);
  } catch (const StoreError& error) {
    if (!may_be_one_alone(error)) {
      throw;  // the claims run out, and they are tried again
    }
    report(error);
    if (pushes.size() > 1) {
      return prepare_each(pushes, is_reachable, lease_ends);
    }
    put_back(pushes.front(), error);
    return 0;
  }
  for (const PushRow& push : prepared.given_up) {
    report_given_up(push, "it could not be reached in time");
    ++counts_.given_up;
  }
  for (const PushRow& push : prepared.too_long) {
    report_given_up(push, "no message can hold the profile");
    ++counts_.given_up;
  }
  for (PreparedPush& push : prepared.to_send) {
    send(std::move(push), lease_ends);
  }
  return prepared.to_send.size();
}

std::size_t PushService::prepare_each(const std::vector<PushRow>& pushes, bool is_reachable,
                                      BootClock::time_point lease_ends) {
  std::size_t sent = 0;
  for (const PushRow& push : pushes) {
    sent += prepare({push}, is_reachable, lease_ends);
  }
  return sent;
}

// What fails by itself waits as what was not answered does.
void PushService::put_back(const PushRow& push, const StoreError& error) {
  PushWrites writes;
  writes.pushes.push_back(
      {push.id, push.attempt, PushState::waiting, error.what(), pause_after(push.attempt), true, {}, {}});
  const auto transaction = store_->begin_push();
  const std::array<std::int64_t, 0> none{};
  transaction->commit(transaction->lock(none), writes);
  ++counts_.again;
}

void PushService::send(PreparedPush push, BootClock::time_point lease_ends) {
  if (auto* order = std::get_if<DigestOrder>(&push.request)) {
    token_.submit_check(open_for_push(std::move(*order), std::move(push.sent), lease_ends, opened_));
  } else if (const auto* profile = std::get_if<ProfileRequest>(&push.request)) {
    ask(std::move(push.sent), *profile, lease_ends);
  } else {
    ask(std::move(push.sent), std::get<TerminationRequest>(push.request), lease_ends);
  }
}

void PushService::send_opened() {
  for (const OpenedDigest& one : opened_->take()) {
    if (one.request.digest) {
      ask(one.sent, one.request, one.lease_ends);
    } else {
      land_unsent(one.sent, "the token did not open the digest secret");
    }
  }
}

void PushService::land_unsent(SentPush sent, std::string why) {
  const auto key = flights_.add({std::move(sent), BootClock::now() + settings_.timeout});
  flights_.land(key, {0, unable_to_deliver, {}, std::move(why)});
}

// A claim that could end before the answer comes is left to whoever comes next.
template <typename Request>
void PushService::ask(SentPush sent, const Request& request, BootClock::time_point lease_ends) {
  constexpr bool is_termination = std::is_same_v<Request, TerminationRequest>;
  const auto now = BootClock::now();
  if (now + settings_.timeout > lease_ends) {
    return;
  }
  const auto key = flights_.add({std::move(sent), now + settings_.timeout});
  if (port_.ask(request, key)) {
    ++(is_termination ? counts_.terminations : counts_.profiles);
  } else {
    flights_.land(key, {0, unable_to_deliver, {}, "it could not be sent"});
  }
}

bool PushService::settle() {
  std::vector<AnsweredPush> answered = std::exchange(unsettled_, {});
  for (Landed& one : flights_.take()) {
    const bool silence_is_done = peers_.of(one.sent.push.destination.host).push_timeout_is_done;
    answered.push_back({std::move(one.sent), std::move(one.answer), one.is_late, silence_is_done});
  }
  if (answered.empty()) {
    return false;
  }
  unsettled_ = answered;  // as long as nothing else is known
  try {
    auto settled = settle_pushes(*store_->begin_push(), answered);
    unsettled_.clear();
    take_in(std::move(settled));
  } catch (const StoreError& error) {
    if (!may_be_one_alone(error)) {
      throw;
    }
    report(error);
    unsettled_.clear();
    settle_each(answered);
  }
  return false;
}

void PushService::settle_each(const std::vector<AnsweredPush>& answered) {
  for (const AnsweredPush& one : answered) {
    try {
      take_in(settle_pushes(*store_->begin_push(), {one}));
    } catch (const StoreError& error) {
      put_back(one.sent.push, error);
    }
  }
}

void PushService::take_in(SettledPushes settled) {
  std::ranges::move(settled.held, std::back_inserter(unsettled_));
  for (const auto& one : settled.given_up) {
    report_given_up(one.push, one.why);
    ++counts_.given_up;
  }
  counts_.done += settled.done;
  counts_.again += settled.again;
}

void PushService::do_housekeeping() {
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_housekeeping_) {
    next_housekeeping_ = now + housekeeping_interval;
    store_->do_housekeeping();
    std::erase_if(allowances_, [&](const auto& one) { return now - one.second.at > housekeeping_interval; });
  }
}

}  // namespace hss::app

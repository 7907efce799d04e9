// SPDX-License-Identifier: Apache-2.0
// One verdict for each answer, and the rows that follow.
#include "hss/cx/push_settlement.h"

#include <algorithm>
#include <set>
#include <utility>

namespace hss {
namespace {

class Settlement {
 public:
  Settlement(PushTransaction& transaction, PushedSubscriptions& subscriptions, std::set<std::int64_t> ours,
             ProfileRows members)
      : transaction_(transaction),
        subscriptions_(subscriptions),
        ours_(std::move(ours)),
        members_(std::move(members)) {}

  void settle(AnsweredPush one) {
    const PushRow& push = one.sent.push;
    AssignedSubscription* const subscription = subscriptions_.find(push.subscription_id);
    if (subscriptions_.is_held(push.subscription_id)) {
      out_.held.push_back(std::move(one));
    } else if (one.is_late || !ours_.contains(push.id)) {
      repeat(push, subscription);
    } else {
      follow(verdict_of(one), one, subscription);
    }
  }

  [[nodiscard]] const PushWrites& writes() const noexcept { return writes_; }
  SettledPushes take() { return std::move(out_); }

 private:
  static PushVerdict verdict_of(const AnsweredPush& one) {
    const bool is_silent = one.answer.code == 0;
    return is_silent && one.silence_is_done ? PushVerdict::done : verdict_on(one.sent.push.kind, one.answer);
  }

  // It has been sent once more meanwhile, or will be, and nobody knows which arrived last: the newest goes again. What
  // went for this reason does not, or an S-CSCF that is always late would never hear the end of it.
  void repeat(const PushRow& push, AssignedSubscription* subscription) {
    if (push.kind == PushKind::rtr || push.cause == "again" || subscription == nullptr) {
      return;
    }
    if (push.set_id == 0) {
      return writes_.digests_again.push_back(push.impi_id);
    }
    forget_told(*subscription, push.set_id, writes_.told);
    writes_.profiles_again.push_back(push.set_id);
  }

  void write(const PushRow& push, PushState state, std::string why) {
    writes_.pushes.push_back({push.id, push.attempt, state, std::move(why), {}, true, {}, {}});
    out_.done += state == PushState::done ? 1 : 0;
  }
  void retry(const AnsweredPush& one, std::chrono::milliseconds pause) {
    const PushRow& push = one.sent.push;
    writes_.pushes.push_back({push.id, push.attempt, PushState::waiting, text_of(one.answer), pause, true, {}, {}});
    ++out_.again;
  }

  void give_up(const AnsweredPush& one, AssignedSubscription* subscription) {
    const PushRow& push = one.sent.push;
    if (push.kind == PushKind::rtr && subscription != nullptr) {
      end_registrations(push, {}, members_, *subscription);
    }
    write(push, PushState::given_up, text_of(one.answer));
    out_.given_up.push_back({push, text_of(one.answer)});
  }

  void finish(const AnsweredPush& one, AssignedSubscription* subscription) {
    const PushRow& push = one.sent.push;
    if (subscription != nullptr) {
      if (push.kind == PushKind::rtr || !push.ends.empty()) {
        end_registrations(unless_restorable(push, transaction_), one.answer, members_, *subscription);
      }
      if (push.set_id != 0) {
        remember(one.sent, *subscription);
      }
    }
    write(push, PushState::done, text_of(one.answer));
  }

  // A Server-Assignment in between has given a document as well, and nobody knows which of both arrived last.
  void remember(const SentPush& sent, AssignedSubscription& subscription) {
    AssociationRow* told = nullptr;
    bool is_certain = true;
    for (AssociationRow& row : subscription.associations) {
      if (row.set_id == sent.push.set_id) {
        is_certain = is_certain && row.told.digest.empty();
        told = row.impi_id == sent.impi_id ? &row : told;
      }
    }
    if (!is_certain || told == nullptr || told->generation != sent.generation) {
      forget_told(subscription, sent.push.set_id, writes_.told);
    } else {
      told->told = sent.told;
      writes_.told.push_back(*told);
    }
  }

  void try_another(const AnsweredPush& one) {
    const PushRow& push = one.sent.push;
    if (push.set_id == 0) {
      return write(push, PushState::done, text_of(one.answer));
    }
    retry(one, std::chrono::milliseconds(0));
    writes_.pushes.back().end = one.sent.about;
  }

  void rename(const AnsweredPush& one, AssignedSubscription* subscription) {
    if (const auto name = next_user_name(one.sent.push)) {
      retry(one, std::chrono::milliseconds(0));
      writes_.pushes.back().user_name = name;
    } else {
      give_up(one, subscription);
    }
  }

  void follow(PushVerdict verdict, const AnsweredPush& one, AssignedSubscription* subscription) {
    const PushRow& push = one.sent.push;
    switch (verdict) {
      case PushVerdict::done:
        return finish(one, subscription);
      case PushVerdict::unknown_there:
        return try_another(one);
      case PushVerdict::other_impi:
        return rename(one, subscription);
      case PushVerdict::too_much_data:
        if (push.set_id == 0) {  // a digest, than which there is nothing smaller
          return give_up(one, subscription);
        }
        writes_.ends.push_back({push.subscription_id, push.set_id, "too_much_data", DeregistrationReason::server_change,
                                "the S-CSCF has no room for the profile"});
        return write(push, PushState::superseded, text_of(one.answer));
      case PushVerdict::again:
        return push.is_overdue ? give_up(one, subscription) : retry(one, pause_after(push.attempt));
      case PushVerdict::unusable_data:
      case PushVerdict::refused:
        return give_up(one, subscription);
    }
  }

  PushTransaction& transaction_;
  PushedSubscriptions& subscriptions_;
  const std::set<std::int64_t> ours_;
  const ProfileRows members_;
  PushWrites writes_;
  SettledPushes out_;
};

// Members of the sets of emergency registrations.
ProfileRows members_for(PushTransaction& transaction, std::span<const AnsweredPush> answered) {
  std::vector<std::int64_t> sets;
  for (const AnsweredPush& one : answered) {
    for (const EndedRegistration& ended : one.sent.push.ends) {
      if (!one.answer.emergencies.empty()) {
        sets.push_back(ended.set_id);
      }
    }
  }
  return sets.empty() ? ProfileRows{} : transaction.read_profiles(sets, {});
}

}  // namespace

SettledPushes settle_pushes(PushTransaction& transaction, std::vector<AnsweredPush> answered) {
  std::vector<const PushRow*> pushes;
  pushes.reserve(answered.size());
  for (const AnsweredPush& one : answered) {
    pushes.push_back(&one.sent.push);
  }
  PushedSubscriptions subscriptions(transaction, pushes);
  const auto ours = transaction.still_ours(pushes);
  Settlement settlement(transaction, subscriptions, {ours.begin(), ours.end()}, members_for(transaction, answered));
  for (AnsweredPush& one : answered) {
    settlement.settle(std::move(one));
  }
  transaction.commit(subscriptions.rows(), settlement.writes());
  return settlement.take();
}

std::string text_of(const PushAnswer& answer) {
  if (!answer.said.empty()) {
    return answer.said;
  }
  if (answer.code == 0) {
    return "no answer in time";
  }
  return (answer.vendor == 0 ? "Result-Code " : "Experimental-Result " + std::to_string(answer.vendor) + " ") +
         std::to_string(answer.code);
}

std::chrono::milliseconds pause_after(std::int64_t attempt) noexcept {
  constexpr std::chrono::milliseconds longest{60'000};
  constexpr std::int64_t most_doublings = 6;
  const auto doubled =
      std::chrono::milliseconds(std::int64_t{1000} << std::clamp<std::int64_t>(attempt - 1, 0, most_doublings));
  return std::min(doubled, longest);
}

}  // namespace hss

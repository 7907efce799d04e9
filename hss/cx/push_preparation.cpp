// SPDX-License-Identifier: Apache-2.0
// One plan for each push, then the documents of those that need one.
#include "hss/cx/push_preparation.h"

#include "hss/cx/server_assignment/answer.h"
#include "hss/cx/server_assignment/rules.h"
#include "hss/features.h"

#include <algorithm>
#include <utility>

namespace hss {
namespace {

constexpr std::chrono::milliseconds held_pause{200};

std::vector<std::int64_t> subscriptions_of(std::span<const PushRow* const> pushes) {
  std::vector<std::int64_t> out;
  for (const PushRow* push : pushes) {
    out.push_back(push->subscription_id);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string impi_named(const AssignedSubscription& subscription, std::int64_t id) {
  const PrivateIdentityRow* found = find_impi(subscription, id);
  return found == nullptr ? std::string() : found->identity;
}

std::uint32_t features_of(const UserDataForm& form) {
  return (form.shared_ifc_sets ? feature::shared_ifc_sets : 0) | (form.alias_groups ? feature::alias_indication : 0);
}

class Preparation {
 public:
  Preparation(PushTransaction& transaction, const PushContext& context, PushedSubscriptions& subscriptions)
      : transaction_(transaction), context_(context), subscriptions_(subscriptions) {}

  void plan(PushRow push) {
    AssignedSubscription* const subscription = subscriptions_.find(push.subscription_id);
    if (subscriptions_.is_held(push.subscription_id)) {
      postpone(push, held_pause);
    } else if (push.is_overdue && !context_.is_reachable) {
      give_up(std::move(push), subscription);
    } else {
      const PushManner manner = context_.manner_of(push.destination.host);
      const PushPlan plan = plan_push(push, subscription, manner.policy, context_.settling);
      follow(plan, manner, std::move(push), subscription);
    }
  }

  PreparedPushes finish() {
    render_profiles();
    order_digests();
    transaction_.commit(subscriptions_.rows(), writes_);
    return std::move(out_);
  }

 private:
  // A PPR that may be news.
  struct Candidate {
    PushRow push;
    AssignedSubscription* subscription;
    const AssociationRow* association;
    const AssignmentSetRow* set;
    PushManner manner;
  };

  void write(const PushRow& push, PushState state, std::string why) {
    writes_.pushes.push_back({push.id, push.attempt, state, std::move(why), {}, true, {}, {}});
  }
  void postpone(const PushRow& push, std::chrono::milliseconds by) {
    writes_.pushes.push_back({push.id, push.attempt, PushState::waiting, "", by, false, {}, {}});
  }

  void give_up(PushRow push, AssignedSubscription* subscription) {
    if (push.kind == PushKind::rtr && subscription != nullptr) {
      end_registrations(push, {}, {}, *subscription);
    } else if (subscription != nullptr) {  // what it joined may be lost with it: the next sweep finds it
      forget_told(*subscription, push.set_id, writes_.told);
    }
    write(push, PushState::given_up, "the S-CSCF could not be reached in time");
    out_.given_up.push_back(std::move(push));
  }

  void follow(const PushPlan& plan, const PushManner& manner, PushRow push, AssignedSubscription* subscription) {
    switch (plan.step) {
      case PushStep::terminate:
        return terminate(std::move(push));
      case PushStep::send_profile:
        return profiles_.push_back({std::move(push), subscription, plan.association, plan.set, manner});
      case PushStep::send_digest:
        return digests_.push_back({std::move(push), subscription, plan.association, nullptr, manner});
      case PushStep::wait:
        return postpone(push, plan.wait_for);
      case PushStep::settle:
        break;
    }
    if (push.kind == PushKind::ppr && !push.ends.empty() && subscription != nullptr) {
      end_registrations(unless_restorable(push, transaction_), {}, {}, *subscription);
    }
    write(push, plan.state, plan.why);
  }

  void terminate(PushRow push) {
    TerminationRequest request{push.destination,
                               push.impi,
                               push.associated,
                               push.impus,
                               push.reason.value_or(DeregistrationReason::permanent_termination),
                               push.reason_info};
    out_.to_send.push_back({{std::move(push), 0, 0, {}, {}}, std::move(request)});
  }

  // A server that kept no form wrote what the S-CSCF's features admitted at the time, which nobody knows.
  static UserDataForm form_of(const Candidate& one) {
    const Told& told = one.association->told;
    return told.is_by_older ? UserDataForm{.extensions = one.manner.extensions} : told.form;
  }

  static WantedUserData wanted_of(const Candidate& one) {
    const AssignedSubscription& subscription = *one.subscription;
    return {one.push.set_id,
            one.association->impi_id,
            impi_named(subscription, one.association->impi_id),
            std::nullopt,
            form_of(one),
            addressee_of(subscription.row.scscf_name.value_or(""), subscription.row.scscf.host, subscription.charging),
            subscription.charging_revision};
  }

  void render_profiles() {
    std::vector<std::int64_t> sets;
    std::vector<std::int64_t> impis;
    for (const Candidate& one : profiles_) {
      sets.push_back(one.push.set_id);
      impis.push_back(one.association->impi_id);
    }
    if (sets.empty()) {
      return;
    }
    const ProfileRows rows = transaction_.read_profiles(sets, impis);
    std::erase_if(profiles_, [&](const Candidate& one) {
      const bool is_empty = !rows.members.contains(one.push.set_id);
      if (is_empty) {
        write(one.push, PushState::superseded, "the set has no public identity");
      }
      return is_empty;
    });
    std::vector<WantedUserData> wanted;
    for (const Candidate& one : profiles_) {
      wanted.push_back(wanted_of(one));
    }
    auto documents = context_.render(wanted, rows, transaction_);
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      compare(std::move(profiles_[i]), wanted[i], std::move(documents.at(i)));
    }
  }

  void compare(Candidate one, const WantedUserData& wanted, UserDocument document) {
    const Told& told = one.association->told;
    const bool takes_ppr = one.manner.policy == PushPolicy::ppr;
    const bool is_news = told.digest != document.digest || (told.is_unasked && takes_ppr) || one.push.cause == "again";
    if (document.digest.empty()) {
      write(one.push, PushState::given_up, "no message can hold the profile");
      out_.too_long.push_back(std::move(one.push));
    } else if (!is_news) {
      keep_as_told(one, document);
      write(one.push, PushState::done, "the S-CSCF has it already");
    } else if (has_another_default(one, document)) {
      end_instead(one.push, DeregistrationReason::permanent_termination, "the default public identity changed");
    } else if (takes_ppr) {
      send_profile(std::move(one), wanted, std::move(document));
    } else if (told.digest.empty() || told.is_by_older) {
      write(one.push, PushState::done, "the peer takes no PPR, and nobody knows whether this is news to it");
    } else {
      end_instead(one.push, DeregistrationReason::server_change, "the profile changed");
    }
  }

  // TS 29.228 6.2.2.1: no PPR changes it for who is registered.
  static bool has_another_default(const Candidate& one, const UserDocument& document) {
    const std::string& told = one.association->told.default_identity;
    return one.set->state == RegistrationState::registered && !told.empty() && told != document.default_identity;
  }

  void end_instead(const PushRow& push, DeregistrationReason reason, std::string info) {
    writes_.ends.push_back({push.subscription_id, push.set_id, push.cause, reason, std::move(info)});
    write(push, PushState::superseded, "an RTR took its place");
  }

  // What was not asked for counts as taken by a peer that takes no PPR.
  void keep_as_told(const Candidate& one, const UserDocument& document) {
    AssociationRow row = *one.association;
    row.told.revision = document.revision;
    row.told.is_unasked = false;
    if (row.told != one.association->told || row.told.is_by_older) {
      row.told.form = form_of(one);
      writes_.told.push_back(std::move(row));
    }
  }

  void send_profile(Candidate one, const WantedUserData& wanted, UserDocument document) {
    ProfileRequest request{one.push.destination,       wanted.impi, features_of(wanted.form), std::move(document.text),
                           one.subscription->charging, std::nullopt};
    const bool is_registered = one.set->state == RegistrationState::registered;
    const EndedRegistration about{is_registered ? one.association->impi_id : 0, one.set->id,
                                  is_registered ? one.association->generation : one.set->generation};
    Told told{
        std::move(document.digest), document.revision, wanted.form, std::move(document.default_identity), false, false};
    SentPush sent{std::move(one.push), one.association->impi_id, one.association->generation, std::move(told), about};
    forget_told(*one.subscription, sent.push.set_id, writes_.told);
    out_.to_send.push_back({std::move(sent), std::move(request)});
  }

  void order_digests() {
    std::vector<std::int64_t> impis;
    for (const Candidate& one : digests_) {
      impis.push_back(one.push.impi_id);
    }
    if (impis.empty()) {
      return;
    }
    auto rows = transaction_.digests(impis);
    for (Candidate& one : digests_) {
      const auto found = std::ranges::find(rows, one.push.impi_id, &std::pair<std::int64_t, DigestRow>::first);
      if (found == rows.end()) {
        write(one.push, PushState::superseded, "there is no digest secret any more");
        continue;
      }
      ProfileRequest request;
      request.destination = one.push.destination;
      request.impi = impi_named(*one.subscription, one.push.impi_id);
      out_.to_send.push_back({{std::move(one.push), 0, 0, {}, {}}, DigestOrder{std::move(request), found->second}});
    }
  }

  PushTransaction& transaction_;
  const PushContext& context_;
  PushedSubscriptions& subscriptions_;
  std::vector<Candidate> profiles_;
  std::vector<Candidate> digests_;
  PushWrites writes_;
  PreparedPushes out_;
};

}  // namespace

PushedSubscriptions::PushedSubscriptions(PushTransaction& transaction, std::span<const PushRow* const> pushes) {
  auto wanted = subscriptions_of(pushes);
  rows_ = transaction.lock(wanted);
  std::erase_if(wanted, [&](std::int64_t id) { return find(id) != nullptr; });
  if (!wanted.empty()) {
    held_ = transaction.held(wanted);
  }
}

AssignedSubscription* PushedSubscriptions::find(std::int64_t id) {
  const auto found =
      std::ranges::find_if(rows_.subscriptions, [&](const AssignedSubscription& one) { return one.row.id == id; });
  return found == rows_.subscriptions.end() ? nullptr : &*found;
}

bool PushedSubscriptions::is_held(std::int64_t id) const { return std::ranges::find(held_, id) != held_.end(); }

PushRow unless_restorable(PushRow push, PushTransaction& transaction) {
  if (push.kind == PushKind::rtr || push.ends.empty()) {
    return push;
  }
  std::vector<std::int64_t> impis;
  std::ranges::transform(push.ends, std::back_inserter(impis), &EndedRegistration::impi_id);
  const auto restorable = transaction.restorable(impis);
  std::erase_if(push.ends, [&](const EndedRegistration& one) {
    return std::ranges::find(restorable, std::pair(one.impi_id, one.set_id)) != restorable.end();
  });
  return push;
}

void forget_told(AssignedSubscription& subscription, std::int64_t set_id, std::vector<AssociationRow>& into) {
  for (AssociationRow& row : subscription.associations) {
    if (row.set_id == set_id && !row.told.digest.empty()) {
      row.told.digest.clear();
      row.told.revision = 0;
      into.push_back(row);
    }
  }
}

PreparedPushes prepare_pushes(PushTransaction& transaction, std::vector<PushRow> pushes, const PushContext& context) {
  std::vector<const PushRow*> pointers;
  pointers.reserve(pushes.size());
  for (const PushRow& push : pushes) {
    pointers.push_back(&push);
  }
  PushedSubscriptions subscriptions(transaction, pointers);
  Preparation preparation(transaction, context, subscriptions);
  for (PushRow& push : pushes) {
    preparation.plan(std::move(push));
  }
  return preparation.finish();
}

}  // namespace hss

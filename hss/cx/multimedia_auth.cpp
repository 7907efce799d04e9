// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth decided on rows, step by step as TS 29.228 6.3.1 numbers them.
#include "hss/cx/multimedia_auth.h"

#include "hss/cx/authentication_scheme.h"
#include "hss/cx/server_change.h"
#include "hss/cx/server_name.h"

#include <algorithm>
#include <set>
#include <utility>

namespace hss {
namespace {

using Member = AuthenticationRows::Member;

std::optional<Scheme> resolve_scheme(const MultimediaAuthRequest& request, const AuthenticationPolicy& policy,
                                     const Member& member) {
  return hss::resolve_scheme(scheme_of(request.scheme_name), member.schemes, policy.accept_unknown_scheme);
}

Outcome check_authorization(const MultimediaAuthRequest& request, Scheme scheme) {
  if (!request.authorization) {
    return Outcome::success;
  }
  if (scheme != Scheme::aka) {
    return Outcome::authorization_not_allowed;
  }
  return request.authorization->size() == rand_auts_octets ? Outcome::success : Outcome::invalid_authorization;
}

// Step 4 with SIP-Authorization: only the S-CSCF that holds the assignment, or a new one while a reassignment is
// pending, may report a synchronisation failure; it never overwrites the name otherwise.
Outcome check_assignment_for_resync(const MultimediaAuthRequest& request, SubscriptionRow& subscription) {
  if (!subscription.scscf_name || same_server(*subscription.scscf_name, request.server_name)) {
    return Outcome::success;
  }
  if (!subscription.reassignment_pending) {
    return Outcome::unable_to_comply;
  }
  assign_server(subscription, request.server_name, request.requester);
  return Outcome::success;
}

// The S-CSCF name of the request; true: it is another one than before.
bool store_name(const MultimediaAuthRequest& request, SubscriptionRow& subscription) {
  if (subscription.scscf_name && same_server(*subscription.scscf_name, request.server_name)) {
    return false;
  }
  assign_server(subscription, request.server_name, request.requester);
  return true;
}

// Step 5: "authentication pending" of this IMPI and set.
bool becomes_pending(Scheme scheme, RegistrationState state, bool is_another_name) {
  return state == RegistrationState::registered ? is_another_name : waits_for_response(scheme);
}

// What the registration rows say; success: go on to the sequence numbers. May change the member's rows.
Outcome decide_registration(const MultimediaAuthRequest& request, const AuthenticationPolicy& policy,
                            AuthenticationRows& rows, std::size_t index) {
  const Member& member = rows.members[index];
  if (!member.has_impi || !member.has_impu) {  // TS 29.228 6.3.1 step 1
    return Outcome::user_unknown;
  }
  if (!member.impu_is_distinct_pui) {  // step 2
    return Outcome::user_unknown;
  }
  if (member.impi_set == none) {  // step 3
    return Outcome::identities_dont_match;
  }
  const auto scheme = resolve_scheme(request, policy, member);  // step 4
  if (!scheme) {
    return Outcome::auth_scheme_not_supported;
  }
  if (const Outcome checked = check_authorization(request, *scheme); checked != Outcome::success) {
    return checked;
  }
  if (const Outcome checked = check_scheme_data(*scheme, member.scheme_data.get()); checked != Outcome::success) {
    return checked;
  }
  SubscriptionRow& subscription = rows.subscriptions[member.subscription];
  if (request.authorization) {
    if (const Outcome allowed = check_assignment_for_resync(request, subscription); allowed != Outcome::success) {
      return allowed;
    }
  }
  ImpiSetRow& association = rows.impi_sets[member.impi_set];
  const bool is_another_name = store_name(request, subscription);  // step 5
  if (becomes_pending(*scheme, rows.sets[member.set].state, is_another_name) &&
      (!association.auth_pending || association.pending_is_old)) {
    association.auth_pending = true;
    association.pending_is_old = false;
    association.changed = true;
  }
  return Outcome::success;
}

// TS 33.203 6.1.1: 1 <= n <= nmax.
NumberOrder order_of(const AuthenticationCase& work, std::shared_ptr<const hsm::KeyReference> key,
                     const AuthenticationPolicy& policy) {
  NumberOrder order;
  order.domain = auc::Domain::ims;
  order.count = std::clamp<std::uint32_t>(work.request->items, 1, policy.max_items);
  order.requester = work.request->requester.host;
  if (const auto reported = resynchronisation_of(work.request->authorization)) {
    order.auts = ReportedAuts{work.checked, reported->rand, std::move(key)};
  }
  return order;
}

AuthenticationDecision decide_numbers(const AuthenticationCase& work, const AuthenticationPolicy& policy,
                                      AuthenticationRows& rows, std::size_t index, const NumberInputs& inputs) {
  AuthenticationDecision decision;
  const auto& member = rows.credentials.members[index];
  decision.key = member.key;
  if (member.credential == none) {
    return decision;
  }
  decision.has_numbers = true;
  auto issued =
      issue(rows.credentials.rows[member.credential], order_of(work, member.key, policy), policy.numbers, inputs);
  decision.outcome = issued.empty() ? Outcome::unable_to_comply : Outcome::success;
  decision.resync = issued.resync;
  decision.over_budget = issued.over_budget;
  decision.sqns = std::move(issued.sqns);
  decision.rand_nonce = std::move(issued.rand_nonce);
  return decision;
}

// The card took the challenge that this association waited for, when it waits no more and has registered the set.
void note_acceptance(const ImpiSetRow& association, CredentialRow& credential) {
  const auto& asked = credential.asked;
  if (asked && asked->impi_id == association.impi_id && asked->set_id == association.set_id && association.registered &&
      !association.auth_pending) {
    credential.card_seq = std::max(credential.card_seq, asked->seq);
    credential.asked.reset();
    credential.rest_changed = true;
  }
}

// Only of a challenge whose acceptance will be seen.
void note_challenge(const ImpiSetRow& association, auc::Sqn sqn, unsigned ind_bits, CredentialRow& credential) {
  if (association.auth_pending && !association.registered) {
    credential.asked = AskedChallenge{auc::seq_of(sqn, ind_bits), association.impi_id, association.set_id};
    credential.rest_changed = true;
  }
}

AuthenticationDecision decide_aka(const AuthenticationCase& work, const AuthenticationPolicy& policy,
                                  AuthenticationRows& rows, std::size_t index, const NumberInputs& inputs,
                                  const ImpiSetRow& before) {
  const std::size_t credential = rows.credentials.members[index].credential;
  if (credential != none) {
    note_acceptance(before, rows.credentials.rows[credential]);
  }
  auto decision = decide_numbers(work, policy, rows, index, inputs);
  if (decision.outcome == Outcome::success) {
    note_challenge(rows.impi_sets[rows.members[index].impi_set], decision.sqns.back(), policy.numbers.sqn.ind_bits,
                   rows.credentials.rows[credential]);
  }
  return decision;
}

// Registration part and sequence numbers of one member; on failure the registration rows are as before.
AuthenticationDecision decide(const AuthenticationCase& work, const AuthenticationPolicy& policy,
                              AuthenticationRows& rows, std::size_t index, const NumberInputs& inputs) {
  const Member& member = rows.members[index];
  const auto subscription = member.subscription == none ? SubscriptionRow{} : rows.subscriptions[member.subscription];
  const auto association = member.impi_set == none ? ImpiSetRow{} : rows.impi_sets[member.impi_set];
  AuthenticationDecision decision;
  decision.outcome = decide_registration(*work.request, policy, rows, index);
  const auto scheme = resolve_scheme(*work.request, policy, member);
  if (decision.outcome == Outcome::success && scheme == Scheme::aka) {
    decision = decide_aka(work, policy, rows, index, inputs, association);
  } else if (decision.outcome == Outcome::success) {
    decision.data = member.scheme_data;
  }
  decision.scheme = scheme.value_or(Scheme::unsupported);
  decision.other_name = other_name_of_host(subscription.scscf_name, work.request->server_name);
  if (decision.outcome != Outcome::success && member.impi_set != none) {
    rows.subscriptions[member.subscription] = subscription;
    rows.impi_sets[member.impi_set] = association;
  }
  return decision;
}

// Ids of the subscriptions whose registration rows this batch would change, ascending.
std::vector<std::int64_t> subscriptions_to_change(std::span<const AuthenticationCase> work,
                                                  const AuthenticationPolicy& policy, AuthenticationRows rows) {
  std::set<std::int64_t> ids;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const Member& member = rows.members[i];
    decide_registration(*work[i].request, policy, rows, i);
    if (member.impi_set != none &&
        (rows.subscriptions[member.subscription].changed || rows.impi_sets[member.impi_set].changed)) {
      ids.insert(rows.subscriptions[member.subscription].id);
    }
  }
  return {ids.begin(), ids.end()};
}

using SubscriptionIds = std::vector<std::int64_t>;

// The row that keeps a member from being decided; empty: none.
std::string row_held(const AuthenticationRows& rows, std::size_t index, const SubscriptionIds& wanted,
                     const SubscriptionIds& locked) {
  const auto& credential = rows.credentials.members[index];
  if (credential.numbers_held) {
    return "numbers of " + credential.key->owner;
  }
  const Member& member = rows.members[index];
  if (member.subscription == none) {
    return {};
  }
  const std::int64_t id = rows.subscriptions[member.subscription].id;
  const bool is_held =
      std::binary_search(wanted.begin(), wanted.end(), id) && !std::binary_search(locked.begin(), locked.end(), id);
  return is_held ? "subscription " + std::to_string(id) : std::string();
}

// S-CSCFs that the batch replaced are told.
std::vector<Push> pushes_due(AuthenticationTransaction& transaction, const AuthenticationRows& rows) {
  std::vector<const SubscriptionRow*> subscriptions;
  for (const SubscriptionRow& row : rows.subscriptions) {
    subscriptions.push_back(&row);
  }
  return pushes_due(subscriptions, [&](std::span<const std::int64_t> ids) { return transaction.read_registered(ids); });
}

}  // namespace

std::vector<AuthenticationDecision> authenticate(AuthenticationTransaction& transaction,
                                                 std::span<const AuthenticationCase> work,
                                                 const AuthenticationPolicy& policy, NumberInputs inputs) {
  std::vector<AskedAuthentication> identities;
  identities.reserve(work.size());
  for (const AuthenticationCase& one : work) {
    identities.push_back({one.request->impi, one.request->impu, scheme_of(one.request->scheme_name)});
  }
  AuthenticationRows rows = transaction.lock_credentials(identities);
  inputs.seq_lead = rows.credentials.seq_lead;
  const auto to_change = subscriptions_to_change(work, policy, rows);
  const auto locked =
      to_change.empty() ? SubscriptionIds{} : transaction.lock_subscriptions(identities, to_change, rows);
  std::vector<AuthenticationDecision> decisions;
  decisions.reserve(work.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    std::string held = row_held(rows, i, to_change, locked);
    if (held.empty()) {
      decisions.push_back(decide(work[i], policy, rows, i, inputs));
    } else {
      decisions.emplace_back().held = std::move(held);
    }
  }
  for (const SubscriptionRow& row : rows.subscriptions) {
    if (row.changed && !std::binary_search(locked.begin(), locked.end(), row.id)) {
      throw StoreError(StoreFailure::busy, "subscription changed while it was not locked");
    }
  }
  rows.pushes = pushes_due(transaction, rows);
  transaction.commit(rows, auc::Domain::ims);
  return decisions;
}

}  // namespace hss

// SPDX-License-Identifier: Apache-2.0
// The steps of TS 29.109 4.2; what it leaves open is told in docs/architecture.md, "Zh".
#include "hss/zh/multimedia_auth.h"

#include "hss/aka.h"
#include "hss/identity.h"

#include <utility>

namespace hss::zh {
namespace {

const std::string& impi_of(const AuthenticationCase& one) noexcept {
  static const std::string nobody;
  if (!one.request->impi.empty()) {
    return one.request->impi;
  }
  return one.impis_of_impu.size() == 1 ? one.impis_of_impu.front() : nobody;
}

// Null: nobody is found.
const CredentialRows::Member* credential_of(const UserRows& rows, std::size_t index) {
  const std::size_t member = rows.members[index].credential_member;
  return member == none ? nullptr : &rows.credentials.members[member];
}

bool is_ambiguous(const AuthenticationCase& one, const CredentialRows::Member* credential) {
  return one.impis_of_impu.size() > 1 || (credential != nullptr && credential->is_ambiguous);
}

// Success: go on to the sequence numbers.
Outcome check(const AuthenticationCase& one, const std::optional<UserRow>& user, bool is_ambiguous) {
  const MultimediaAuthRequest& request = *one.request;
  if (request.impi.empty() && request.impu.empty()) {
    return Outcome::missing_user_name;
  }
  if (!user && !is_ambiguous) {
    return Outcome::identity_unknown;
  }
  if (request.scheme_name && !names_aka(*request.scheme_name)) {
    return Outcome::auth_scheme_not_supported;
  }
  if (is_ambiguous || !user->may_use_aka || user->is_suspended) {
    return Outcome::not_authorized;
  }
  const bool has_length = !request.authorization || request.authorization->size() == rand_auts_octets;
  return has_length ? Outcome::success : Outcome::invalid_authorization;
}

NumberOrder order_of(const AuthenticationCase& one, std::shared_ptr<const hsm::KeyReference> key) {
  NumberOrder order;
  order.domain = auc::Domain::gba;
  order.requester = one.request->requester.host;
  if (const auto reported = resynchronisation_of(one.request->authorization)) {
    order.auts = ReportedAuts{one.checked, reported->rand, std::move(key)};
  }
  return order;
}

// The BSF says which it has; equal is enough, for no two states have the same time.
std::optional<SettingsToTell> settings_to_tell(const MultimediaAuthRequest& request, UserRow& user) {
  if (!user.settings || request.guss_timestamp == user.settings_changed_at) {
    return std::nullopt;
  }
  return SettingsToTell{std::move(*user.settings), user.settings_changed_at};
}

AuthenticationDecision decide(const AuthenticationCase& one, UserRows& rows, std::size_t index,
                              const NumberPolicy& policy, const NumberInputs& inputs) {
  AuthenticationDecision decision;
  auto& user = rows.members[index].user;
  const auto* credential = credential_of(rows, index);
  decision.outcome = check(one, user, is_ambiguous(one, credential));
  if (decision.outcome != Outcome::success) {
    return decision;
  }
  if (credential->numbers_held) {
    decision.held = "numbers of " + credential->key->owner;
    return decision;
  }
  decision.outcome = Outcome::unable_to_comply;
  decision.key = credential->key;
  decision.has_numbers = credential->credential != none;
  if (!decision.has_numbers) {
    return decision;
  }
  decision.issued =
      issue(rows.credentials.rows[credential->credential], order_of(one, credential->key), policy, inputs);
  if (!decision.issued.empty()) {
    decision.outcome = Outcome::success;
    decision.settings = settings_to_tell(*one.request, *user);
  }
  return decision;
}

}  // namespace

AskedUsers::AskedUsers(std::span<const AuthenticationCase> work) {
  imsis_.reserve(work.size());
  asked_.reserve(work.size());
  for (const AuthenticationCase& one : work) {
    const std::string& imsi = imsis_.emplace_back(imsi_of_impi(impi_of(one)).value_or(std::string()));
    asked_.push_back({impi_of(one), imsi});
  }
}

std::vector<AuthenticationDecision> authenticate(UserTransaction& transaction, std::span<const AuthenticationCase> work,
                                                 const NumberPolicy& policy, NumberInputs inputs) {
  const AskedUsers asked(work);
  UserRows rows = transaction.lock(asked.all());
  inputs.seq_lead = rows.credentials.seq_lead;
  std::vector<AuthenticationDecision> decisions;
  decisions.reserve(work.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    decisions.push_back(decide(work[i], rows, i, policy, inputs));
  }
  transaction.commit(rows, auc::Domain::gba);
  return decisions;
}

std::string answered_scheme(const MultimediaAuthRequest& request) {
  return request.scheme_name.value_or(std::string(aka_scheme_names.front()));
}

}  // namespace hss::zh

// SPDX-License-Identifier: Apache-2.0
// A subscription in memory for tests of Server-Assignment, written and shown as one line of text.
#pragma once

#include "hss/cx/server_assignment/server_assignment.h"

#include <algorithm>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace tests {

inline constexpr const char* own_server = "sip:own.ims.test:6060";
inline constexpr const char* other_server = "sip:other.ims.test:6060";
inline const hss::Requester own_host{"own.ims.test", "ims.test"};
inline const hss::Requester other_host{"other.ims.test", "ims.test"};

// IMPIs a (id 1) and b (id 2) are associated with set 5; a alone with set 6. A line tells the state of set 5 (N, R or
// U), then what differs from nothing: "ar" a is registered, "ap" an authentication of a is pending, "ai" a has
// restoration information, "arpi" all of it; "6R" or "6U" the state of set 6, in which a is registered if it is R; "6p"
// an authentication of a is pending there; "own" or "other" the S-CSCF assigned; "reassign" a reassignment is pending.
inline hss::RegistrationState state_of(char letter) {
  return letter == 'R'   ? hss::RegistrationState::registered
         : letter == 'U' ? hss::RegistrationState::unregistered
                         : hss::RegistrationState::not_registered;
}

inline char letter_of(hss::RegistrationState state) {
  return state == hss::RegistrationState::registered ? 'R' : state == hss::RegistrationState::unregistered ? 'U' : 'N';
}

inline hss::RestorationInfo restoration_of(const std::string& impi) {
  hss::RestorationInfo out;
  out.impi = impi;
  out.contacts = {{"<sip:pcscf.ims.test;lr>", "<sip:" + impi + ":5060>", 7, "call-1", std::nullopt, std::nullopt}};
  return out;
}

inline void put(const std::string& token, hss::AssignedSubscription& to) {
  const auto has = [&](char letter) { return token.find(letter, 1) != std::string::npos; };
  if (token == "own" || token == "other") {
    to.row.scscf_name = token == "own" ? own_server : other_server;
    to.row.scscf = token == "own" ? own_host : other_host;
  } else if (token == "reassign") {
    to.row.reassignment_pending = true;
  } else if (token[0] == 'a' || token[0] == 'b') {
    hss::AssociationRow& row = to.associations[token[0] == 'a' ? 0 : 1];
    row.registered = has('r');
    row.auth_pending = has('p');
    if (has('i')) {
      row.restoration = restoration_of(to.impis[token[0] == 'a' ? 0 : 1].identity);
    }
  } else if (token == "6p") {
    to.associations[2].auth_pending = true;
  } else if (token[0] == '6') {
    to.sets[1].state = state_of(token[1]);
    to.associations[2].registered = token[1] == 'R';
  } else {
    to.sets[0].state = state_of(token[0]);
  }
}

inline hss::AssignedSubscription subscription(const std::string& line) {
  hss::AssignedSubscription out;
  out.row.id = 3;
  out.impis = {{1, "a@ims.test"}, {2, "b@ims.test"}};
  out.sets.resize(2);
  out.sets[0].id = 5;
  out.sets[1].id = 6;
  out.associations.resize(3);
  out.associations[0].set_id = out.associations[1].set_id = 5;
  out.associations[2].set_id = 6;
  out.associations[0].impi_id = out.associations[2].impi_id = 1;
  out.associations[1].impi_id = 2;
  std::istringstream tokens(line);
  for (std::string token; tokens >> token;) {
    put(token, out);
  }
  return out;
}

inline std::string line_of(const hss::AssignedSubscription& from) {
  std::string out(1, letter_of(from.sets[0].state));
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const hss::AssociationRow& row = from.associations[i];
    const std::string letters =
        std::string(row.registered ? "r" : "") + (row.auth_pending ? "p" : "") + (row.restoration ? "i" : "");
    out += letters.empty() ? "" : (i == 0 ? " a" : " b") + letters;
  }
  if (from.sets[1].state != hss::RegistrationState::not_registered) {
    out += std::string(" 6") + letter_of(from.sets[1].state);
  }
  out += from.associations[2].auth_pending ? " 6p" : "";
  if (from.row.scscf_name) {
    out += *from.row.scscf_name == own_server ? " own" : " other";
  }
  return out + (from.row.reassignment_pending ? " reassign" : "");
}

inline hss::FoundIdentity found(std::int64_t set_id, hss::IdentityType type = hss::IdentityType::distinct_pui) {
  hss::FoundIdentity out;
  out.set_id = set_id;
  out.subscription_id = 3;
  out.type = type;
  return out;
}

// One transaction over rows as given; remembers what was written.
struct FakeAssignment final : hss::AssignmentTransaction {
  hss::AssignmentRows rows;
  std::vector<hss::RegisteredIdentities> registered;  // in any subscription
  hss::AssignmentRows committed;
  hss::AssignmentWrites writes;
  std::vector<hss::AssociationRow> told;

  hss::AssignmentRows lock(std::span<const hss::ServerAssignmentRequest* const>) override { return rows; }
  std::vector<hss::RegisteredIdentities> read_registered(std::span<const std::int64_t>) override { return registered; }
  hss::ProfileRows write(const hss::AssignmentRows& changed, const hss::AssignmentWrites& written) override {
    committed = changed;
    writes = written;
    return {};
  }
  void commit(std::span<const hss::AssociationRow> news) override { told.assign(news.begin(), news.end()); }
};

}  // namespace tests

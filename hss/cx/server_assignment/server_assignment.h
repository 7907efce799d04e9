// SPDX-License-Identifier: Apache-2.0
// Server-Assignment decided on rows: every Server-Assignment-Type in every state (TS 29.228 6.1.2). Pure.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/cx/messages.h"
#include "hss/user_data/user_data.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss {

struct AssignmentPolicy {
  bool keep_server_name = true;  // what the types ..._STORE_SERVER_NAME ask for
};

// What an operator may want to know of an answer that looks like any other.
enum class AssignmentNote : std::uint8_t {
  unremarkable,
  stale,       // from an S-CSCF that is no longer assigned; nothing was changed
  repeated,    // the same request was answered before; nothing was changed
  taken_over,  // a reassignment was pending and has been made
};
std::string_view name(AssignmentNote note) noexcept;

// The User-Data that an answer may need.
struct WantedUserData {
  std::int64_t set_id = 0;
  std::int64_t impi_id = 0;
  std::string impi;
  std::optional<WildcardMatch> match;
  UserDataForm form;
  std::string addressee;  // the S-CSCF, and what it is told beside the document
  std::int64_t charging_revision = 0;
};

// Documents with what they are known by. `digest`: 32 octets of the addressee and of the document without a match, so
// that it stands for the whole set; empty: the document cannot be sent.
struct UserDocument {
  std::string text;
  std::string digest;
  std::int64_t revision = 0;     // as Told has it
  std::string default_identity;  // the first distinct public user identity that is not barred (TS 23.228 4.3.3.4)
};
// In the order of what is wanted. Throws StoreError.
using RenderUserData =
    std::function<std::vector<UserDocument>(std::span<const WantedUserData> wanted, const ProfileRows& profiles)>;

struct AssignmentDecision {
  ServerAssignmentAnswer answer;            // of a decision alone without User-Data
  std::optional<WantedUserData> user_data;  // may belong to the answer
  AssignmentNote note = AssignmentNote::unremarkable;
  bool remember = false;                  // the same request again (T bit) must change nothing
  std::optional<std::string> other_name;  // of the assigned S-CSCF, if its host is the same (hss/cx/server_name.h)
  std::int64_t held_subscription = 0;     // not 0: nothing is decided, because somebody else holds it
  std::optional<AssociationRow> told;     // what the S-CSCF counts as having once the answer leaves
};

// One member. Its subscription is changed as the answer says.
AssignmentDecision decide_assignment(const ServerAssignmentRequest& request, const AssignmentPolicy& policy,
                                     AssignmentRows& rows, std::size_t index);

}  // namespace hss

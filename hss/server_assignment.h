// Server-Assignment decided on rows: every Server-Assignment-Type in every state (TS 29.228 6.1.2). Pure.
#pragma once

#include "hss/assignment_store.h"
#include "hss/messages.h"

#include <cstddef>
#include <cstdint>
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

// The User-Data that an answer needs.
struct WantedUserData {
  std::int64_t set_id = 0;
  std::int64_t impi_id = 0;
  std::string impi;
  std::optional<WildcardMatch> match;
};

struct AssignmentDecision {
  ServerAssignmentAnswer answer;  // without User-Data
  std::optional<WantedUserData> user_data;
  AssignmentNote note = AssignmentNote::unremarkable;
  bool remember = false;                  // the same request again (T bit) must change nothing
  std::optional<std::string> other_name;  // of the assigned S-CSCF, if its host is the same (hss/server_name.h)
};

// One member. Its subscription is changed as the answer says.
AssignmentDecision decide_assignment(const ServerAssignmentRequest& request, const AssignmentPolicy& policy,
                                     AssignmentRows& rows, std::size_t index);

struct AssignmentBatch {
  std::vector<AssignmentDecision> decisions;  // in the order of the requests
  ProfileRows profiles;                       // of those that want User-Data
};

// The whole batch in one transaction: lock, decide, write, commit. Blocks for the store; throws StoreError, and then
// nothing is known to be written.
AssignmentBatch assign_servers(AssignmentTransaction& transaction,
                               std::span<const ServerAssignmentRequest* const> requests,
                               const AssignmentPolicy& policy);

}  // namespace hss

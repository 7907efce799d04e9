// SPDX-License-Identifier: Apache-2.0
// What the operator's tool does to pushes: lists them, makes them due again, cancels them. No libpq in here.
#pragma once

#include "hss/pg/admin.h"
#include "hss/pg/admin_lists.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hss::pg {

// Empty: any.
struct PushFilter {
  std::string state;  // of quintet.push_state
  std::string host;
  NamedIdentity identity;  // that an RTR names, or whose set or digest secret a PPR is about
  std::int64_t limit = 100;
};

struct PushLine {
  std::int64_t id = 0;
  std::string command;  // "RTR" or "PPR"
  std::string cause;
  std::string state;
  std::string host;
  std::string who;  // an identity, or "gone"
  std::int64_t attempts = 0;
  std::string time;  // when it ended or, of a waiting one, is due; UTC
  std::string last_error;
  std::string json;  // all of that, as an object
};

struct PushFound {
  std::int64_t id = 0;
  std::string state;
  std::string sender;  // who sends it at this moment; empty: nobody
};

// One connection as that of Admin. One thread at a time. Every change commits together with its rows of audit. All
// throw StoreError.
class PushAdmin {
 public:
  explicit PushAdmin(const AdminAccess& access);
  ~PushAdmin();
  PushAdmin(const PushAdmin&) = delete;
  PushAdmin& operator=(const PushAdmin&) = delete;

  // The newest first.
  Page<PushLine> list(const PushFilter& filter);

  // Locks the pushes of these ids that there are and changes those that `choose` picks of them. When it throws, nothing
  // is changed.
  using Choice = std::function<std::vector<std::int64_t>(const std::vector<PushFound>&)>;
  // As if they had been written just now; what they end stays as it was.
  void retry(std::span<const std::int64_t> ids, const Choice& choose, const std::string& by);
  void cancel(std::span<const std::int64_t> ids, const Choice& choose, const std::string& by);

  // Of all hosts, if that is empty; how many. What is given up again meanwhile is not counted twice.
  std::uint64_t retry_given_up(const std::string& host, const std::string& by);

 private:
  std::unique_ptr<const Options> options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hss::pg

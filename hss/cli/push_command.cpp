// SPDX-License-Identifier: Apache-2.0
// quintet push: lists what S-CSCFs are told or were to be told, has it sent again, cancels it.
#include "hss/cli/access.h"
#include "hss/cli/command.h"
#include "hss/cli/table.h"
#include "hss/pg/push_admin.h"
#include "hss/text_forms.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>

namespace hss::app::cli {
namespace {

using Ids = std::vector<std::int64_t>;
using Found = std::vector<pg::PushFound>;

struct ListOptions {
  pg::PushFilter filter;
  std::string identity;
  bool as_json = false;
};

Cells cells_of(const pg::PushLine& row) {
  return {std::to_string(row.id),       row.command, row.cause,     row.state, row.host, row.who,
          std::to_string(row.attempts), row.time,    row.last_error};
}

void list(const Config& config, const ListOptions& options) {
  pg::PushFilter filter = options.filter;
  filter.identity = named(options.identity);
  pg::PushAdmin admin(database(config));
  print_page(admin.list(filter), options.as_json,
             {"ID", "COMMAND", "CAUSE", "STATE", "HOST", "WHO", "ATTEMPTS", "DUE OR ENDED", "LAST ERROR"}, cells_of);
}

std::string what_it_is(const pg::PushFound& push) {
  if (!push.sender.empty()) return "is being sent by " + log_text(push.sender);
  return push.state == "given_up" ? "was given up" : "is " + push.state;
}

// Why a push is not for a command, or nothing.
using Fault = std::string(const pg::PushFound& push);

std::string no_retry(const pg::PushFound& push) {
  return push.state == "waiting" || push.state == "given_up" ? "" : what_it_is(push);
}
std::string no_cancel(const pg::PushFound& push) {
  return push.state == "waiting" && push.sender.empty() ? "" : what_it_is(push);
}

// All faults in one message: with any of them nothing is changed.
void refuse_faults(const Ids& wanted, const Found& found, Fault* fault_of) {
  std::string faults;
  for (const std::int64_t id : wanted) {
    const auto push = std::ranges::find(found, id, &pg::PushFound::id);
    const std::string fault = push == found.end() ? "is not known" : fault_of(*push);
    if (!fault.empty()) faults += "push " + std::to_string(id) + " " + fault + "; ";
  }
  if (!faults.empty()) throw Failure(faults + "nothing was changed");
}

Ids once_each(Ids ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string counted(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " push is" : " pushes are"); }

struct RetryOptions {
  Ids ids;
  bool all = false;
  std::string host;
};

void retry_ids(pg::PushAdmin& admin, const Ids& ids) {
  Found sent;
  Ids chosen;
  const auto choose = [&](const Found& found) {
    refuse_faults(ids, found, no_retry);
    for (const pg::PushFound& push : found) {
      if (push.sender.empty()) {
        chosen.push_back(push.id);
      } else {
        sent.push_back(push);
      }
    }
    return chosen;
  };
  admin.retry(ids, choose, operator_name());
  std::cout << counted(chosen.size()) << " due at once\n";
  for (const pg::PushFound& push : sent) {
    std::cout << "push " << push.id << " " << what_it_is(push) << ": left alone\n";
  }
}

void retry(const Config& config, const RetryOptions& options) {
  if (options.all == !options.ids.empty()) throw Failure("give either ids of pushes or --all-given-up");
  pg::PushAdmin admin(database(config));
  if (!options.all) return retry_ids(admin, once_each(options.ids));
  std::cout << counted(admin.retry_given_up(options.host, operator_name())) << " due at once\n";
}

void cancel(const Config& config, const Ids& wanted) {
  Ids ids = once_each(wanted);
  pg::PushAdmin admin(database(config));
  const auto choose = [&](const Found& found) {
    refuse_faults(ids, found, no_cancel);
    return ids;
  };
  admin.cancel(ids, choose, operator_name());
  std::cout << counted(ids.size()) << " cancelled\n";
}

void add_list(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ListOptions>();
  pg::PushFilter& filter = options->filter;
  CLI::App* command = group.add_subcommand("list", "List pushes, the newest first");
  command->add_option("--state", filter.state, "Only of this state")
      ->check(CLI::IsMember({"waiting", "done", "superseded", "given_up", "cancelled"}));
  command->add_option("--host", filter.host, "Only to this S-CSCF")->type_name("HOST");
  command->add_option("--identity", options->identity, "Only about this IMPI or IMPU")->type_name("IDENTITY");
  add_list_options(*command, filter.limit, options->as_json);
  command->callback(
      [&session, options] { session.action = [&session, options] { list(configuration(session), *options); }; });
}

void add_retry(CLI::App& group, Session& session) {
  const auto options = std::make_shared<RetryOptions>();
  CLI::App* command = group.add_subcommand("retry", "Have pushes that wait or were given up sent at once");
  command->add_option("id", options->ids, "Ids of pushes, as quintet push list has them")->check(CLI::PositiveNumber);
  CLI::Option* all = command->add_flag("--all-given-up", options->all, "Every push that was given up");
  command->add_option("--host", options->host, "Of these only those to this S-CSCF")->needs(all)->type_name("HOST");
  command->footer(
      "When an RTR is given up, its registration ends here all the same. A retry still sends it, unless the S-CSCF "
      "serves\n"
      "one of its private identities again: then it becomes superseded.");
  command->callback(
      [&session, options] { session.action = [&session, options] { retry(configuration(session), *options); }; });
}

void add_cancel(CLI::App& group, Session& session) {
  const auto ids = std::make_shared<Ids>();
  CLI::App* command = group.add_subcommand("cancel", "Cancel pushes that wait and that nobody is sending");
  command->add_option("id", *ids, "Ids of pushes, as quintet push list has them")
      ->required()
      ->check(CLI::PositiveNumber);
  command->callback([&session, ids] { session.action = [&session, ids] { cancel(configuration(session), *ids); }; });
}

}  // namespace

void add_push(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("push", "List, repeat or cancel what S-CSCFs are told (RTR, PPR)");
  group->require_subcommand(1);
  add_list(*group, session);
  add_retry(*group, session);
  add_cancel(*group, session);
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// quintet registration and quintet deregister: show who is registered where, and have that ended.
#include "hss/cli/access.h"
#include "hss/cli/command.h"
#include "hss/cli/table.h"
#include "hss/pg/registration_admin.h"
#include "hss/text_forms.h"

#include <iostream>
#include <map>
#include <memory>

namespace hss::app::cli {
namespace {

constexpr std::size_t most_in_a_cell = 3;  // identities
constexpr std::size_t most_info_octets = 255;

[[noreturn]] void nobody(const std::string& name) {
  throw Failure("no private and no public identity is called " + shown(name));
}

// ---- Showing

struct ListOptions {
  pg::RegistrationFilter filter;
  bool as_json = false;
};

std::string server_of(const pg::RegistrationLine& row) {
  return row.scscf_name.empty() ? "" : row.scscf_name + " at " + row.scscf_host;
}

Cells cells_of(const pg::RegistrationLine& row) {
  return {std::to_string(row.set),
          row.subscription,
          row.state,
          server_of(row),
          row.assigned_at,
          row.profile,
          std::to_string(row.pushes),
          names_of(row.impis, row.impi_count, most_in_a_cell),
          names_of(row.impus, row.impu_count, most_in_a_cell)};
}

void list(const Config& config, const ListOptions& options) {
  pg::RegistrationAdmin admin(database(config));
  print_page(admin.list(options.filter), options.as_json,
             {"SET", "SUBSCRIPTION", "STATE", "S-CSCF", "ASSIGNED", "PROFILE", "PUSHES", "IMPIS", "IMPUS"}, cells_of);
}

void print_names(const char* label, const std::vector<std::string>& names, std::int64_t count) {
  for (const std::string& name : names) {
    std::cout << label << shown(name) << '\n';
  }
  const auto others = count - static_cast<std::int64_t>(names.size());
  if (others > 0) std::cout << label << "and " << others << " more\n";
}

void print_set(const pg::RegistrationLine& row) {
  std::cout << "set           " << row.set << '\n'
            << "subscription  " << shown(row.subscription) << '\n'
            << "state         " << shown(row.state) << '\n'
            << "s-cscf        " << shown(server_of(row)) << '\n'
            << "assigned      " << shown(row.assigned_at) << '\n'
            << "profile       " << shown(row.profile) << '\n'
            << "pushes        " << row.pushes << " waiting\n";
  print_names("impi          ", row.impis, row.impi_count);
  print_names("impu          ", row.impus, row.impu_count);
}

struct ShowOptions {
  std::string identity;
  std::int64_t limit = 100;
  bool as_json = false;
};

void print_sets(const pg::Page<pg::RegistrationLine>& page) {
  for (const pg::RegistrationLine& row : page.rows) {
    if (&row != &page.rows.front()) std::cout << '\n';
    print_set(row);
  }
  if (page.rows.empty()) std::cout << "it belongs to no set\n";
}

void show(const Config& config, const ShowOptions& options) {
  pg::RegistrationAdmin admin(database(config));
  const auto page = admin.of(named(options.identity), options.limit);
  if (!page) nobody(options.identity);
  if (options.as_json) {
    print_page(*page, true, {}, cells_of);
  } else {
    print_sets(*page);
    tell_of_more(page->has_more);
  }
}

void add_list(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* command = group.add_subcommand("list", "List sets that are registered, unregistered or about to be");
  command->add_option("--host", options->filter.host, "Only at this S-CSCF")->type_name("HOST");
  command->add_option("--state", options->filter.state, "Only of this state; pending: somebody authenticates")
      ->check(CLI::IsMember({"registered", "unregistered", "pending"}));
  add_list_options(*command, options->filter.limit, options->as_json);
  command->callback(
      [&session, options] { session.action = [&session, options] { list(configuration(session), *options); }; });
}

void add_show(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* command = group.add_subcommand("show", "Show the sets of an identity, whatever their state");
  command->add_option("identity", options->identity, "An IMPI or an IMPU")->required();
  add_list_options(*command, options->limit, options->as_json);
  command->footer(
      "profile: current if its S-CSCF has what is provisioned now, behind if it has something older, unknown if\n"
      "nobody knows what it has.");
  command->callback(
      [&session, options] { session.action = [&session, options] { show(configuration(session), *options); }; });
}

// ---- Ending

struct DeregisterOptions {
  std::string identity;
  std::string reason = "permanent-termination";
  std::string info;
};

// Reason-Code (TS 29.229 6.3.17); that of a new server is not an operator's.
const std::map<std::string, std::int64_t>& reasons() {
  static const std::map<std::string, std::int64_t> known{
      {"permanent-termination", 0}, {"server-change", 2}, {"remove-s-cscf", 3}};
  return known;
}

void tell(const pg::Ending& ending, const DeregisterOptions& options) {
  std::cout << "RTR to " << shown(ending.scscf_host) << ", Reason-Code " << reasons().at(options.reason) << " ("
            << options.reason << "), will end the registration of\n";
  print_names("impi  ", ending.impis, ending.impi_count);
  print_names("impu  ", ending.impus, ending.impu_count);
  std::cout << "quintet push list --identity " << shown(ending.identity) << " tells what becomes of it.\n";
}

void deregister(const Config& config, const DeregisterOptions& options) {
  if (options.info.size() > most_info_octets || (!options.info.empty() && !is_plain_text(options.info))) {
    throw Failure("--info is UTF-8 of at most 255 octets without control characters");
  }
  pg::RegistrationAdmin admin(database(config));
  const auto ending = admin.would_end(named(options.identity));
  if (!ending) nobody(options.identity);
  if (ending->impi_count == 0) {
    std::cout << "nothing of " << shown(ending->identity) << " is registered: nothing is sent\n";
    return;
  }
  admin.deregister(
      {ending->identity, reasons().at(options.reason), options.info},
      {"deregister", ending->identity,
       options.reason + (options.info.empty() ? "" : ", \"" + options.info + "\"") + "; by " + operator_name()});
  tell(*ending, options);
}

}  // namespace

void add_registration(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("registration", "List or show who is registered, and where");
  group->require_subcommand(1);
  add_list(*group, session);
  add_show(*group, session);
}

void add_deregister(CLI::App& tool, Session& session) {
  const auto options = std::make_shared<DeregisterOptions>();
  CLI::App* command = tool.add_subcommand("deregister", "Have its S-CSCF end what is registered of an identity (RTR)");
  command->add_option("identity", options->identity, "An IMPI: all of it; an IMPU: its set")->required();
  command->add_option("--reason", options->reason, "Reason-Code of the RTR")
      ->check(CLI::IsMember({"permanent-termination", "server-change", "remove-s-cscf"}))
      ->capture_default_str();
  command->add_option("--info", options->info, "Reason-Info of the RTR, for people")->type_name("TEXT");
  command->callback(
      [&session, options] { session.action = [&session, options] { deregister(configuration(session), *options); }; });
}

}  // namespace hss::app::cli

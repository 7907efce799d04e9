// SPDX-License-Identifier: Apache-2.0
// quintet db: makes the database, applies the schema's steps that it lacks, says which it has.
#include "hss/cli/command.h"
#include "hss/pg/schema_steps.h"

#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

struct DbOptions {
  std::string conninfo;
  std::filesystem::path folder = "/usr/share/quintet/schema";
  std::string login = "quintet";
};

void migrate(const DbOptions& options) {
  pg::SchemaAdmin database(options.conninfo);
  database.migrate(options.folder, [](const pg::SchemaStep& step) {
    std::cout << "applying " << step.file.filename().string() << std::endl;  // before it may take long
  });
  std::cout << "schema version " << database.version() << '\n';
}

void init(const DbOptions& options) {
  const std::string name = pg::database_name(options.conninfo);
  const bool is_new = pg::SchemaAdmin(options.conninfo, "postgres").create_database(name);
  std::cout << "database " << name << (is_new ? ": created\n" : ": exists\n");
  migrate(options);
  const bool is_new_login = pg::SchemaAdmin(options.conninfo).create_login(options.login);
  std::cout << "login " << options.login << (is_new_login ? ": created" : ": exists")
            << ", may do what a server may (quintet_server)\n";
}

// Fails when it is not what this version serves, so that a script can ask.
void status(const DbOptions& options) {
  const auto steps = pg::schema_steps(options.folder);
  const int current = pg::SchemaAdmin(options.conninfo).version();
  const int wanted = pg::expected_schema_version();
  std::cout << "database " << pg::database_name(options.conninfo) << ": schema version " << current << '\n'
            << "this version of Quintet: " << wanted << '\n'
            << "steps in " << options.folder.string() << ": " << steps.size() << '\n';
  for (const pg::SchemaStep& step : steps) {
    if (step.number > current) std::cout << "missing " << step.file.filename().string() << '\n';
  }
  if (current < wanted) throw Failure("the schema is older than this version of Quintet; run quintet db migrate");
  if (current > wanted) throw Failure("the schema is newer than this version of Quintet; install a newer one");
}

void add(CLI::App& group, Session& session, const std::shared_ptr<DbOptions>& options, const char* name,
         const char* help, void (*act)(const DbOptions&)) {
  CLI::App* command = group.add_subcommand(name, help);
  command->callback([&session, options, act] { session.action = [options, act] { act(*options); }; });
}

}  // namespace

void add_db(CLI::App& tool, Session& session) {
  const auto options = std::make_shared<DbOptions>();
  CLI::App* group = tool.add_subcommand("db", "Make the database, bring its schema to this version, say which it has");
  group->require_subcommand(1);
  group
      ->add_option("--database", options->conninfo,
                   "Connection string of a role that may create schemas and roles; default: database quintet here")
      ->envname("QUINTET_ADMIN_DB")
      ->type_name("CONNINFO");
  group->add_option("--schema", options->folder, "Folder with the steps")
      ->envname("QUINTET_SCHEMA")
      ->type_name("FOLDER")
      ->capture_default_str();
  add(*group, session, options, "init", "Create database, roles and the server's login, where missing; then migrate",
      init);
  add(*group, session, options, "migrate", "Apply the steps that are missing; safe to repeat, and by two at once",
      migrate);
  add(*group, session, options, "status", "Say which steps are missing; exit code 1 when it is not this version's",
      status);
  group->get_subcommand("init")
      ->add_option("--login", options->login, "Login of the server, made without a password")
      ->type_name("ROLE")
      ->capture_default_str();
  group->footer(
      "Stop the servers before a migration: they serve one version only. On Debian the superuser of PostgreSQL is the\n"
      "user postgres: sudo -u postgres quintet db init");
}

}  // namespace hss::app::cli

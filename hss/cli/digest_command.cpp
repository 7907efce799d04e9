// SPDX-License-Identifier: Apache-2.0
// quintet digest: imports and generates secrets of SIP Digest.
#include "hss/cli/columns.h"
#include "hss/cli/command.h"
#include "hss/cli/digest_import.h"

#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

constexpr const char* afterwards =
    "The script goes to standard output and holds nothing in clear:\n"
    "  ... | psql -v ON_ERROR_STOP=1 \"$QUINTET_ADMIN_DB\"\n"
    "The private identities must be provisioned.";

void add_digest_options(CLI::App& command, DigestOptions& options) {
  add_import_options(command, options.import);
  add_key_ids(command, options.ids);
  command.add_flag("--allow", options.allow,
                   "Also add sip-digest to the schemes of these users, behind what they have");
}

void add_import(CLI::App& group, Session& session) {
  struct Options {
    std::filesystem::path file;
    DigestOptions digest;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand("import", "Turn a CSV file of users into an SQL script of sealed H(A1)");
  command
      ->add_option(
          "file", options->file,
          "Columns impi, realm and either password, or ha1 and perhaps ha1_sha256 (hexadecimal), with a header "
          "line")
      ->required()
      ->type_name("FILE.csv");
  command->add_option("--realm", options->digest.realm,
                      "Realm of all rows; needed where it is not the domain of the IMPIs");
  command->add_option("--columns", options->digest.columns, columns_help)->type_name("COLUMN=NAME,...");
  add_digest_options(*command, options->digest);
  command->footer(std::string("The user name of H(A1) is the IMPI, its realm in lower case. A password with a comma, a "
                              "quote or a blank at its\nends is put in quotes, its quotes doubled. ") +
                  afterwards);
  command->callback([&session, options] {
    session.action = [&session, options] {
      import_digest(configuration(session), options->file, options->digest, std::cout);
    };
  });
}

void add_generate(CLI::App& group, Session& session) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* command =
      group.add_subcommand("generate", "Make random passwords of 128 bits, as an SQL script of sealed H(A1)");
  command->add_option("impi", options->impis, "Private identities")->required()->type_name("IMPI...");
  command->add_option("--realm", options->digest.realm, "Realm of all of them; default: that of each IMPI");
  command
      ->add_option("--passwords", options->passwords,
                   "File for the passwords, created with mode 0600; must not exist. What \"import\" reads")
      ->required()
      ->type_name("FILE.csv");
  add_digest_options(*command, options->digest);
  command->footer(afterwards);
  command->callback([&session, options] {
    session.action = [&session, options] { generate_digest(configuration(session), *options, std::cout); };
  });
}

}  // namespace

void add_digest(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("digest", "Import or generate secrets of SIP Digest");
  group->require_subcommand(1);
  add_import(*group, session);
  add_generate(*group, session);
}

}  // namespace hss::app::cli

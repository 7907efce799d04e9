// SPDX-License-Identifier: Apache-2.0
// quintet token: makes components for custodians and prepares the server's and the import token.
#include "hss/cli/access.h"
#include "hss/cli/command.h"
#include "hss/cli/octets.h"
#include "hss/cli/secret_file.h"
#include "hss/cli/token_init.h"

#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

constexpr std::size_t key_octets = 32;

struct ComponentOptions {
  std::filesystem::path folder;
  unsigned count = 3;
  std::vector<std::string> names{std::string(kek_component), std::string(data_key_component)};
  std::size_t bits = key_octets * 8;
};

void make_components(const ComponentOptions& options) {
  std::vector<std::filesystem::path> files;
  for (unsigned i = 1; i <= options.count; ++i) {
    const std::string part = std::to_string(i) + "-of-" + std::to_string(options.count);
    Components components;
    for (const auto& name : options.names) {
      hsm::Component component{random_octets(options.bits / 8), {}};
      component.check_value = hsm::check_value(component.value);
      components.emplace(name, std::move(component));
    }
    files.push_back(options.folder / ("component-" + part));
    write_components(files.back(), components,
                     "Quintet key components " + part + ": for one custodian, not to be copied");
    std::cout << "wrote " << files.back().string() << '\n';
  }
  for (const auto& name : options.names) {
    std::cout << name << ": check value " << hex_of(hsm::check_value(combine(files, name))) << '\n';
  }
}

void add_components(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ComponentOptions>();
  CLI::App* command = group.add_subcommand("components", "Make files of random key components, one for each custodian");
  command->add_option("folder", options->folder, "Where the files are made")->required()->check(CLI::ExistingDirectory);
  command->add_option("-n,--count", options->count, "How many custodians")
      ->check(CLI::Range(2, 9))
      ->capture_default_str();
  command->add_option("--name", options->names, "Names of the keys that get components")->capture_default_str();
  command->add_option("--bits", options->bits, "Size of each key")
      ->check(CLI::IsMember({128, 192, 256}))
      ->capture_default_str();
  command->callback([&session, options] { session.action = [options] { make_components(*options); }; });
}

void add_init(CLI::App& group, Session& session) {
  const auto options = std::make_shared<TokenInitOptions>();
  CLI::App* command = group.add_subcommand(
      "init", "Initialise the server's and the import token, create KEK and OPc key, register the KEK");
  add_import_options(*command, options->import);
  add_key_ids(*command, options->ids);
  command
      ->add_option("--so-pin-file", options->so_pin_file,
                   "Security officer's PIN of the server's token; default: so.pin")
      ->type_name("FILE");
  command
      ->add_option("--import-so-pin-file", options->import_so_pin_file,
                   "The same of the import token; default: import-so.pin")
      ->type_name("FILE");
  command->add_flag("--create-pins", options->create_pins, "Make the PIN files that are missing, with random PINs");
  command
      ->add_option("--components", options->components, "Component files of all custodians; without, keys are random")
      ->type_name("FILE...");
  command->add_flag("--server-only", options->server_only, "Leave the import token alone; needs --components");
  command->add_flag("--sql", options->print_sql, "Print the SQL that registers the KEK instead of running it");
  add_database_option(*command, options->conninfo);
  command->footer(
      "May be run again: what exists is checked and left as it is.\n"
      "Losing every copy of the KEK loses every K. A key made at random exists in these two tokens only;\n"
      "for a second site or a spare token make components first (quintet token components).");
  command->callback([&session, options] {
    session.action = [&session, options] { initialise_tokens(configuration(session), *options); };
  });
}

}  // namespace

void add_token(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("token", "Prepare tokens, make key components");
  group->require_subcommand(1);
  add_init(*group, session);
  add_components(*group, session);
}

}  // namespace hss::app::cli

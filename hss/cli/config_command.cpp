// SPDX-License-Identifier: Apache-2.0
// quintet config: checks the configuration file, prints the table of keys.
#include "hss/cli/command.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace hss::app::cli {

namespace {

constexpr const char* packaged_file = "/etc/quintet/quintet.toml";

std::filesystem::path config_file(const Session& session) {
  if (!session.config_file.empty()) return session.config_file;
  if (std::filesystem::exists(packaged_file)) return packaged_file;
  throw Failure("no configuration: give --config FILE or set QUINTET_CONFIG");
}

}  // namespace

// What a service manager hands to the server as credentials, the tool takes from where the unit has it from.
Config configuration(const Session& session) {
  const auto file = config_file(session);
  ::setenv("CREDENTIALS_DIRECTORY", (file.parent_path() / "credentials").c_str(), 0);  // no thread of ours runs yet
  Config config = read_config(file);
  config.token.use_final_try = config.token.use_final_try || session.use_final_try;
  return config;
}

void add_config(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("config", "Check the configuration, describe its keys");
  group->require_subcommand(1);

  CLI::App* check = group->add_subcommand("check", "Read the configuration file and report every fault with its line");
  check->callback([&session] {
    session.action = [&session] {
      configuration(session);
      std::cout << config_file(session).string() << ": ok\n";
    };
  });

  CLI::App* describe =
      group->add_subcommand("describe", "Print all keys with type, range, default and meaning (Markdown)");
  describe->callback([&session] { session.action = [] { describe_config(std::cout); }; });
}

}  // namespace hss::app::cli

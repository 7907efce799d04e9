// SPDX-License-Identifier: Apache-2.0
// quintet config: checks the configuration file, prints the table of keys.
#include "hss/cli/command.h"

#include <iostream>

namespace hss::app::cli {

Config configuration(const Session& session) {
  if (session.config_file.empty()) throw Failure("no configuration: give --config FILE or set QUINTET_CONFIG");
  Config config = read_config(session.config_file);
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
      std::cout << session.config_file.string() << ": ok\n";
    };
  });

  CLI::App* describe =
      group->add_subcommand("describe", "Print all keys with type, range, default and meaning (Markdown)");
  describe->callback([&session] { session.action = [] { describe_config(std::cout); }; });
}

}  // namespace hss::app::cli

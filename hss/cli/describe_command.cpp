// SPDX-License-Identifier: Apache-2.0
// quintet log, quintet metrics: print the tables of events and of metrics.
#include "hss/app/catalogues.h"
#include "hss/cli/command.h"

#include <iostream>

namespace hss::app::cli {
namespace {

void add_description(CLI::App& tool, Session& session, const char* name, const char* help, const char* what,
                     void (*print)(std::ostream&)) {
  CLI::App* group = tool.add_subcommand(name, help);
  group->require_subcommand(1);
  CLI::App* describe = group->add_subcommand("describe", what);
  describe->callback([&session, print] { session.action = [print] { print(std::cout); }; });
}

}  // namespace

void add_descriptions(CLI::App& tool, Session& session) {
  add_description(tool, session, "log", "Describe the log's events",
                  "Print all events with level, meaning and remedy (Markdown)", describe_log);
  add_description(tool, session, "metrics", "Describe the metrics",
                  "Print all metrics with kind, labels and meaning (Markdown)", describe_metrics);
}

}  // namespace hss::app::cli

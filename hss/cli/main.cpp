// SPDX-License-Identifier: Apache-2.0
// quintet, the operator's tool: parses the command line, runs the chosen command, turns errors into exit codes.
#include "hss/cli/command.h"

#include "hsm/secret.h"
#include "hss/app/core_files.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <iostream>

namespace hss::app::cli {
namespace {

constexpr int failed = 1;
constexpr int misused = 2;
constexpr std::size_t secure_heap_octets = std::size_t{1} << 20U;

void build(CLI::App& tool, Session& session) {
  tool.fallthrough();  // --config may also stand behind the command
  tool.require_subcommand(1);
  tool.set_help_all_flag("--help-all", "Help of all commands");
  tool.add_option("-c,--config", session.config_file, "The server's configuration file")
      ->envname("QUINTET_CONFIG")
      ->type_name("FILE");
  tool.add_flag("--use-final-try", session.use_final_try,
                "Try a PIN although the token says that one more wrong PIN locks it");
  add_token(tool, session);
  add_keys(tool, session);
  add_digest(tool, session);
  add_av(tool, session);
  add_sqn(tool, session);
  add_registration(tool, session);
  add_deregister(tool, session);
  add_push(tool, session);
  add_check(tool, session);
  add_db(tool, session);
  add_config(tool, session);
  add_descriptions(tool, session);
  tool.footer("Exit codes: 0 done, 1 failed, 2 wrong usage. PINs are read from files, never from the command line.");
}

// Standard output is for what was asked for; of the libraries' log only what an operator must know.
void quiet_log() {
  auto logger = spdlog::stderr_logger_mt("quintet");
  logger->set_pattern("%n: %v");
  logger->set_level(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

int run(int argc, char** argv) {
  CLI::App tool(
      "Operator's tool of Quintet: database, keys, sequence numbers, registrations, pushes, test vectors, checks",
      "quintet");
  Session session;
  build(tool, session);
  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tool.exit(error, std::cout, std::cerr) == 0 ? 0 : misused;
  }
  session.action();
  std::cout.flush();
  if (!std::cout) throw Failure("writing to standard output failed");
  return 0;
}

}  // namespace
}  // namespace hss::app::cli

int main(int argc, char** argv) {
  hss::app::no_core_files();
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a dying token daemon or reader must come back as an error
  hsm::prepare_secure_heap(hss::app::cli::secure_heap_octets);
  try {
    hss::app::cli::quiet_log();
    return hss::app::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "quintet: " << error.what() << '\n';
    return hss::app::cli::failed;
  }
}

// SPDX-License-Identifier: Apache-2.0
// What the commands of the tool share: the global options, the way a command is chosen and how it fails.
#pragma once

#include "hss/app/config.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <stdexcept>

namespace hss::app::cli {

// Filled while the command line is parsed. `action` is what the chosen command does afterwards.
struct Session {
  std::filesystem::path config_file;
  bool use_final_try = false;  // of a PIN, whatever the configuration says
  std::function<void()> action;
};

// The command cannot do what it was asked to; what() is for the operator, the exit code is 1.
class Failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Reads the configuration that --config or QUINTET_CONFIG names. Throws Failure, ConfigError.
Config configuration(const Session& session);

// Each adds its command with all options. `session` must outlive the action.
void add_config(CLI::App& tool, Session& session);
void add_descriptions(CLI::App& tool, Session& session);
void add_token(CLI::App& tool, Session& session);
void add_keys(CLI::App& tool, Session& session);
void add_digest(CLI::App& tool, Session& session);
void add_av(CLI::App& tool, Session& session);
void add_sqn(CLI::App& tool, Session& session);
void add_registration(CLI::App& tool, Session& session);
void add_deregister(CLI::App& tool, Session& session);
void add_push(CLI::App& tool, Session& session);
void add_check(CLI::App& tool, Session& session);
void add_db(CLI::App& tool, Session& session);

}  // namespace hss::app::cli

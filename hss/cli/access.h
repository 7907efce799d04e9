// SPDX-License-Identifier: Apache-2.0
// How commands reach the tokens and the database: from the configuration and a few options that several of them share.
#pragma once

#include "hsm/admin/key_admin.h"
#include "hss/cli/command.h"
#include "hss/pg/admin.h"
#include "hss/pg/admin_lists.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace hss::app::cli {

// The token that subscriber keys are imported through; its PIN is not the server's.
struct ImportOptions {
  std::string label = "quintet-import";
  std::string serial;
  std::filesystem::path pin_file;  // empty: import.pin beside the server's PIN file
};
void add_import_options(CLI::App& command, ImportOptions& options);

// Ids of the KEK and of the key that protects OPc.
struct KeyIds {
  std::uint16_t kek = 1;
  std::uint16_t data_key = 1;
};
void add_key_ids(CLI::App& command, KeyIds& ids);

hsm::TokenAccess server_token(const Config& config);
// The module, for commands that use the import token alone. SoftHSM reads the folder of that token from the file that
// QUINTET_IMPORT_SOFTHSM2_CONF names, if it is set: the server's configuration names a folder without it.
std::shared_ptr<const hsm::Module> load_import_module(const Config& config);
hsm::TokenAccess import_token(const Config& config, const ImportOptions& options);
std::filesystem::path beside_pin_file(const Config& config, const char* name);

// `conninfo` is what the operator named, or empty for that of the configuration.
pg::AdminAccess database(const Config& config, const std::string& conninfo = "");
// Adds --database, which QUINTET_ADMIN_DB may give.
void add_database_option(CLI::App& command, std::string& conninfo);

// In both canonical forms: which of them it has is for the database to find.
pg::NamedIdentity named(const std::string& identity);
// Adds --limit, how many rows of a list, and --json.
void add_list_options(CLI::App& command, std::int64_t& limit, bool& as_json);

// Who sits at the terminal, for the audit: "alice", also behind sudo.
std::string operator_name();

}  // namespace hss::app::cli

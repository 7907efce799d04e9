// SPDX-License-Identifier: Apache-2.0
// Ways to the tokens and the database.
#include "hss/cli/access.h"

#include "hss/identity.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace hss::app::cli {

void add_import_options(CLI::App& command, ImportOptions& options) {
  command.add_option("--import-label", options.label, "Label of the import token")->capture_default_str();
  command.add_option("--import-serial", options.serial, "Its serial number, when the label alone fits several");
  command
      .add_option("--import-pin-file", options.pin_file, "File with its PIN; default: import.pin beside the server's")
      ->envname("QUINTET_IMPORT_PIN_FILE")
      ->type_name("FILE");
}

void add_key_ids(CLI::App& command, KeyIds& ids) {
  const CLI::Range range(1, 65535);
  command.add_option("--kek-id", ids.kek, "Id of the key-encryption key")->check(range)->capture_default_str();
  command.add_option("--data-key-id", ids.data_key, "Id of the key that protects OPc and H(A1)")
      ->check(range)
      ->capture_default_str();
}

hsm::TokenAccess server_token(const Config& config) {
  return {config.token.label, config.token.serial, config.token.pin_file, config.token.use_final_try};
}

std::shared_ptr<const hsm::Module> load_import_module(const Config& config) {
  if (const char* conf = std::getenv("QUINTET_IMPORT_SOFTHSM2_CONF"); conf != nullptr && *conf != '\0') {
    ::setenv("SOFTHSM2_CONF", conf, 1);  // no thread of ours runs yet
  }
  return hsm::load_module(config.token.module);
}

hsm::TokenAccess import_token(const Config& config, const ImportOptions& options) {
  const auto& pin_file = options.pin_file;
  return {options.label, options.serial, pin_file.empty() ? beside_pin_file(config, "import.pin") : pin_file,
          config.token.use_final_try};
}

std::filesystem::path beside_pin_file(const Config& config, const char* name) {
  return config.token.pin_file.parent_path() / name;
}

pg::AdminAccess database(const Config& config, const std::string& conninfo) {
  pg::AdminAccess access;
  access.conninfo = conninfo.empty() ? config.database.conninfo : conninfo;
  access.connect_timeout = config.database.connect_timeout;
  access.lead_jump = config.sqn.lead_jump;
  access.witness = config.sqn.witness;
  access.ind_bits = config.sqn.policy.ind_bits;
  access.policy = auc::describe(config.sqn.policy);
  access.pending_max_age = config.registration.pending_max_age;
  return access;
}

void add_database_option(CLI::App& command, std::string& conninfo) {
  command.add_option("--database", conninfo, "Connection string of a role that may write there; default: the server's")
      ->envname("QUINTET_ADMIN_DB")
      ->type_name("CONNINFO");
}

pg::NamedIdentity named(const std::string& identity) { return {canonical_impi(identity), canonical_impu(identity)}; }

void add_list_options(CLI::App& command, std::int64_t& limit, bool& as_json) {
  command.add_option("--limit", limit, "At most so many rows")->check(CLI::Range(1, 100000))->capture_default_str();
  command.add_flag("--json", as_json, "One JSON array of objects");
}

std::string operator_name() {
  if (const char* name = std::getenv("SUDO_USER"); name != nullptr && *name != '\0') return name;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::getuid());
}

}  // namespace hss::app::cli

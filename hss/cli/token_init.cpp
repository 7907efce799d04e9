// SPDX-License-Identifier: Apache-2.0
// Prepares the two tokens of a site. A key is made in the host's secure heap for the moment in which both get it.
#include "hss/cli/token_init.h"

#include "hsm/admin/import_session.h"
#include "hsm/pkcs11_token.h"
#include "hss/cli/octets.h"
#include "hss/cli/secret_file.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>

namespace hss::app::cli {
namespace {

constexpr std::size_t key_octets = 32;

// What the steps share.
struct Site {
  const Config& config;
  const TokenInitOptions& options;
  std::ostream& report;
  hsm::TokenAccess server = server_token(config);
  hsm::TokenAccess import = import_token(config, options.import);
  std::filesystem::path so_pin_file = named(options.so_pin_file, "so.pin");
  std::filesystem::path import_so_pin_file = named(options.import_so_pin_file, "import-so.pin");

  [[nodiscard]] std::filesystem::path named(const std::filesystem::path& given, const char* name) const {
    return given.empty() ? beside_pin_file(config, name) : given;
  }
  [[nodiscard]] hsm::KekSpec kek() const {
    return {config.token.kek_label, options.ids.kek, config.token.wrap_mechanism};
  }
  [[nodiscard]] std::string kek_name() const { return "KEK " + std::to_string(options.ids.kek); }
};

void check_options(const Site& site) {
  if (site.options.server_only && site.options.components.empty()) {
    throw Failure("--server-only needs --components: nobody could import keys under a KEK that only one token has");
  }
  if (!site.options.server_only && site.server.label == site.import.label) {
    throw Failure("the import token must be another one than the server's: its PIN wraps, the server's only unwraps");
  }
}

void provide_pin(const Site& site, const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return;
  if (!site.options.create_pins) {
    throw Failure(file.string() +
                  ": no such PIN file; make it (mode 0600, PIN on the first line) or give --create-pins");
  }
  create_pin(file);
  site.report << "created " << file.string() << '\n';
}

void initialise(const Site& site, const hsm::TokenAccess& token, const std::filesystem::path& so_pin_file) {
  if (hsm::has_token(site.config.token.module, token.label)) {  // whose PIN nobody can make up
    site.report << "token \"" << token.label << "\": exists\n";
    return;
  }
  provide_pin(site, token.pin_file);
  provide_pin(site, so_pin_file);
  hsm::initialise_token(site.config.token.module, token, so_pin_file);
  site.report << "token \"" << token.label << "\": initialised\n";
}

// One key that all tokens of the site must have.
struct SharedKey {
  std::string name;  // for people
  std::string label;
  std::uint16_t id;
  std::string_view component;
  bool is_in_use;  // what the database holds needs this very key
};

hsm::HeapSecret value_of(const Site& site, const SharedKey& key, const hsm::AdminToken& token) {
  if (site.options.components.empty()) return token.random(key_octets);
  return combine(site.options.components, key.component);
}

// Create: void(hsm::AdminToken&, hsm::KekRole, const hsm::HeapSecret&).
template <typename Create>
std::string provide_key(const Site& site, const SharedKey& key, hsm::AdminToken& server,
                        std::optional<hsm::AdminToken>& import, Create create) {
  const bool in_server = server.has_key(key.label, key.id);
  const bool in_import = import && import->has_key(key.label, key.id);
  if (in_server && (in_import || !import)) {
    site.report << key.name << ": exists\n";
    return "";
  }
  if ((in_server || in_import) && site.options.components.empty()) {
    throw Failure(key.name + " is in token \"" + (in_server ? site.server.label : site.import.label) +
                  "\" only: give the --components it was made of, or delete it there and begin again");
  }
  if (key.is_in_use && site.options.components.empty()) {
    throw Failure(key.name +
                  " is in use by this database, a new one would be another key: give the --components it was " +
                  "made of, or choose other ids");
  }
  const hsm::HeapSecret value = value_of(site, key, server);
  std::string check = hex_of(hsm::check_value(value));
  if (!in_server) create(server, hsm::KekRole::server, value);
  if (import && !in_import) create(*import, hsm::KekRole::import, value);
  site.report << key.name << ": created, check value " << check << '\n';
  return check;
}

// Fingerprints hang on the first data key, so it is never made of the components of another one.
void refuse_missing_first(const Site& site, const hsm::AdminToken& token, const std::string& label, bool in_use) {
  const bool is_first = site.options.ids.data_key == hsm::fingerprint_data_key_id;
  const bool may_be_made = site.options.components.empty() && !in_use;
  if (is_first || may_be_made || token.has_key(site.config.token.data_key_label, hsm::fingerprint_data_key_id)) return;
  throw Failure("OPc key 1 is not in token \"" + label +
                "\", and fingerprints of keys are taken with it, whatever ids are in " +
                "use: run token init with --data-key-id 1 and the --components it was made of, first");
}

std::string provide_keys(const Site& site, const std::shared_ptr<const hsm::Module>& module, bool in_use) {
  hsm::AdminToken server(module, site.server);
  std::optional<hsm::AdminToken> import;
  if (!site.options.server_only) import.emplace(module, site.import);
  const auto& labels = site.config.token;
  const SharedKey kek{site.kek_name(), labels.kek_label, site.options.ids.kek, kek_component, in_use};
  std::string check = provide_key(site, kek, server, import, [&](auto& token, auto role, const auto& value) {
    token.create_kek(site.kek(), role, value);
  });
  refuse_missing_first(site, server, site.server.label, in_use);
  if (import) refuse_missing_first(site, *import, site.import.label, in_use);
  for (const std::uint16_t id : std::set{hsm::fingerprint_data_key_id, site.options.ids.data_key}) {
    const SharedKey data_key{"OPc key " + std::to_string(id), labels.data_key_label, id, data_key_component, in_use};
    provide_key(site, data_key, server, import, [&](auto& token, hsm::KekRole, const auto& value) {
      token.create_data_key(labels.data_key_label, id, value);
    });
  }
  return check;
}

hsm::KekCheck new_check(const Site& site, const std::shared_ptr<const hsm::Module>& module) {
  const hsm::ImportConfig import{site.import, site.kek(), site.config.token.data_key_label, site.options.ids.data_key};
  return hsm::ImportSession(module, import).make_check();
}

// The server's token must open what the import token wrapped, as the server will.
void prove(const Site& site, const hsm::KekCheck& check) {
  hsm::Pkcs11Token token(site.config.token);
  token.expect({check});
  token.open();
}

void print_sql(const hsm::KekCheck& check) {
  std::cout << "INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (" << check.kek_id << ", '"
            << check.wrap_mechanism << "', '\\x" << hex_of(check.probe) << "', '\\x" << hex_of(check.check_value)
            << "') ON CONFLICT (id) DO NOTHING;\n";
}

std::optional<hsm::KekCheck> known_check(const Site& site) {
  if (site.options.print_sql) return std::nullopt;
  const auto checks = pg::open_store(database(site.config, site.options.conninfo))->kek_checks();
  const auto found = std::ranges::find(checks, site.options.ids.kek, &hsm::KekCheck::kek_id);
  return found == checks.end() ? std::nullopt : std::optional(*found);
}

void register_kek(const Site& site, const hsm::KekCheck& check, const std::string& key_check_value) {
  if (site.options.print_sql) return print_sql(check);
  const std::string key_check = key_check_value.empty() ? "" : ", check value " + key_check_value;
  pg::Admin admin(database(site.config, site.options.conninfo));
  admin.add_kek(check, {"token init", site.kek_name(), "registered" + key_check + "; by " + operator_name()});
  site.report << site.kek_name() << ": registered in the database\n";
}

}  // namespace

void initialise_tokens(const Config& config, const TokenInitOptions& options) {
  const Site site{config, options, options.print_sql ? std::cerr : std::cout};
  check_options(site);
  const auto known = known_check(site);
  initialise(site, site.server, site.so_pin_file);
  if (!options.server_only) initialise(site, site.import, site.import_so_pin_file);
  auto module = hsm::load_module(config.token.module);
  const std::string key_check_value = provide_keys(site, module, known.has_value());
  if (!known && options.server_only) {
    throw Failure(site.kek_name() + " is not in the database: run token init where the import token is, first");
  }
  const hsm::KekCheck check = known ? *known : new_check(site, module);
  module.reset();
  prove(site, check);
  site.report << site.kek_name() << ": the server's token opens what was wrapped under it\n";
  if (!known) register_kek(site, check, key_check_value);
}

}  // namespace hss::app::cli

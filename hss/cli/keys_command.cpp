// SPDX-License-Identifier: Apache-2.0
// quintet keys: imports cards, makes transport keys.
#include "hss/cli/access.h"
#include "hss/cli/columns.h"
#include "hss/cli/command.h"
#include "hss/cli/keys_fingerprint.h"
#include "hss/cli/keys_import.h"
#include "hss/cli/octets.h"
#include "hss/cli/secret_file.h"

#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

constexpr std::string_view transport_component = "transport";

void add_import(CLI::App& group, Session& session) {
  const auto options = std::make_shared<KeysImportOptions>();
  CLI::App* command = group.add_subcommand("import", "Turn a CSV file of cards into an SQL script of wrapped keys");
  command
      ->add_option("file", options->file,
                   "Columns credential, k and one of opc and op; hexadecimal, with a header line")
      ->required()
      ->type_name("FILE.csv");
  command->add_option("--columns", options->columns, columns_help)->type_name("COLUMN=NAME,...");
  add_import_options(*command, options->import);
  add_key_ids(*command, options->ids);
  CLI::Option* vendor = command->add_flag("--vendor", options->vendor,
                                          "Column k is encrypted under a transport key (hexadecimal or base64)");
  CLI::Option* key =
      command->add_option("--transport-key", options->transport_key, "Label of that key in the import token")
          ->needs(vendor);
  vendor->needs(key);
  command->add_option("--mechanism", options->mechanism, "How it was encrypted")
      ->needs(vendor)
      ->check(CLI::IsMember(
          {"aes-key-wrap", "aes-key-wrap-kwp", "aes-key-wrap-pad", "aes-cbc-pad", "rsa-oaep-sha1", "rsa-oaep-sha256"}))
      ->capture_default_str();
  command->footer(
      "The script goes to standard output:\n"
      "  quintet keys import cards.csv | psql -v ON_ERROR_STOP=1 \"$QUINTET_ADMIN_DB\"\n"
      "Without --vendor K is in clear in the file and, for a moment, in this process: for tests and small\n"
      "labs. With --vendor K goes from file to database through the token alone. OPc and OP are in clear.");
  command->add_flag("--allow-same-key", options->allow_same_key,
                    "Take a K that has another name already; both then share its sequence numbers");
  command->callback([&session, options] {
    session.action = [&session, options] { import_keys(configuration(session), *options, std::cout); };
  });
}

void add_fingerprint(CLI::App& group, Session& session) {
  const auto options = std::make_shared<FingerprintOptions>();
  CLI::App* command = group.add_subcommand(
      "fingerprint", "Give credentials the fingerprints of their keys, which their sequence numbers belong to");
  CLI::Option* all = command->add_flag("--all", options->all, "Also those that have another one than their key");
  command->add_flag("--verify", options->verify, "Change nothing, name those that have none or another one")
      ->excludes(all);
  command->footer(
      "After an upgrade, and for credentials that SQL has given a key_uri. May be broken off and run again; with\n"
      "nothing to do it does not open the token.");
  command->callback([&session, options] {
    session.action = [&session, options] { take_fingerprints(configuration(session), *options); };
  });
}

struct TransportOptions {
  ImportOptions import;
  std::string label;
  unsigned bits = 3072;
  std::vector<std::filesystem::path> components;
};

hsm::AdminToken open_import_token(const Config& config, const ImportOptions& options) {
  return {load_import_module(config), import_token(config, options)};
}

void add_create(CLI::App& group, Session& session) {
  const auto options = std::make_shared<TransportOptions>();
  CLI::App* command =
      group.add_subcommand("create", "Make an RSA key pair in the import token, print the public key (PEM)");
  command->add_option("label", options->label, "Label of the key")->required();
  command->add_option("--bits", options->bits, "Length of the modulus")
      ->check(CLI::IsMember({2048, 3072, 4096}))
      ->capture_default_str();
  add_import_options(*command, options->import);
  command->callback([&session, options] {
    session.action = [&session, options] {
      std::cout << open_import_token(configuration(session), options->import)
                       .create_transport_pair(options->label, options->bits);
    };
  });
}

void add_import_transport(CLI::App& group, Session& session) {
  const auto options = std::make_shared<TransportOptions>();
  CLI::App* command = group.add_subcommand("import", "Put an AES transport key into the import token, from components");
  command->add_option("label", options->label, "Label of the key")->required();
  command->add_option("--components", options->components, "Component files with a line \"transport VALUE CHECK\"")
      ->required()
      ->type_name("FILE...");
  add_import_options(*command, options->import);
  command->callback([&session, options] {
    session.action = [&session, options] {
      const hsm::HeapSecret value = combine(options->components, transport_component);
      open_import_token(configuration(session), options->import).create_transport_key(options->label, value);
      std::cout << "transport key \"" << options->label << "\": created, check value "
                << hex_of(hsm::check_value(value)) << '\n';
    };
  });
}

void add_list(CLI::App& group, Session& session) {
  const auto options = std::make_shared<TransportOptions>();
  CLI::App* command = group.add_subcommand("list", "List the transport keys of the import token");
  add_import_options(*command, options->import);
  command->callback([&session, options] {
    session.action = [&session, options] {
      const auto keys = open_import_token(configuration(session), options->import).transport_keys();
      for (const auto& label : keys.aes) std::cout << "aes " << label << '\n';
      for (const auto& label : keys.rsa) std::cout << "rsa " << label << '\n';
    };
  });
}

}  // namespace

void add_keys(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("keys", "Import subscriber keys, take their fingerprints");
  group->require_subcommand(1);
  add_import(*group, session);
  add_fingerprint(*group, session);
  CLI::App* transport = group->add_subcommand("transport", "Keys under which vendors deliver K");
  transport->require_subcommand(1);
  add_create(*transport, session);
  add_import_transport(*transport, session);
  add_list(*transport, session);
}

}  // namespace hss::app::cli

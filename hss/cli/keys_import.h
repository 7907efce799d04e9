// SPDX-License-Identifier: Apache-2.0
// Imports a file of cards: checks every row, passes each K through the import token, writes the SQL script.
#pragma once

#include "hss/cli/access.h"

#include <filesystem>
#include <ostream>
#include <string>

namespace hss::app::cli {

struct KeysImportOptions {
  std::filesystem::path file;
  ImportOptions import;
  KeyIds ids;
  std::string columns;          // as given to --columns
  bool allow_same_key = false;  // two names for one K
  bool vendor = false;
  std::string transport_key;
  std::string mechanism = "aes-key-wrap";
};

// Nothing is written when a row is at fault. Throws Failure that names up to 20 faults, hsm::Error.
void import_keys(const Config& config, const KeysImportOptions& options, std::ostream& out);

}  // namespace hss::app::cli

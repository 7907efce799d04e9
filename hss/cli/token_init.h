// SPDX-License-Identifier: Apache-2.0
// Prepares the two tokens of a site: PINs, initialisation, KEK and OPc key, the KEK's entry in the database.
#pragma once

#include "hss/cli/access.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

inline constexpr std::string_view kek_component = "kek";
inline constexpr std::string_view data_key_component = "opc";

struct TokenInitOptions {
  ImportOptions import;
  KeyIds ids;
  std::filesystem::path so_pin_file, import_so_pin_file;
  bool create_pins = false;
  std::vector<std::filesystem::path> components;
  bool server_only = false;
  bool print_sql = false;
  std::string conninfo;
};

// Idempotent. Reports on standard output; with print_sql on standard error. Throws Failure, hsm::Error, StoreError.
void initialise_tokens(const Config& config, const TokenInitOptions& options);

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// How an operator reaches tokens, and makes one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace hsm {

class Module;

// Which token, and who.
struct TokenAccess {
  std::string label;
  std::string serial;  // empty: any
  std::filesystem::path pin_file;
  bool use_final_try = false;  // try a PIN although the token says that a wrong one would lock it
};

// A module is initialised once per process, so all tokens reached at the same time share one of these. Throws
// Error{config} while a Pkcs11Token of this process has the same module open.
std::shared_ptr<const Module> load_module(const std::string& path);

// Whether there is an initialised token of that label. Needs the module for itself.
bool has_token(const std::string& module, const std::string& label);

// Makes a token with that label in a free slot and sets the user's PIN. False, and nothing done, if there is one of
// that label already. Needs the module for itself.
bool initialise_token(const std::string& module, const TokenAccess& token, const std::filesystem::path& so_pin_file);

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// Looks at SoftHSM's files as SoftHSM does.
#include "hsm/softhsm_fault.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace hsm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view blanks = " \t\r";

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? ""
                                         : std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

std::string user() { return fmt::format("user id {}", ::geteuid()); }

// $SOFTHSM2_CONF, the user's own, the system's: the first that is there (softhsm2.conf(5)).
struct Configuration {
  fs::path file;
  std::string named_by;
};
Configuration configuration() {
  if (const char* named = std::getenv("SOFTHSM2_CONF"); named != nullptr) return {named, "SOFTHSM2_CONF"};
  std::error_code ignored;
  if (const char* home = std::getenv("HOME"); home != nullptr) {
    const fs::path own = fs::path(home) / ".config/softhsm2/softhsm2.conf";
    if (fs::exists(own, ignored)) return {own, "no SOFTHSM2_CONF"};
  }
  return {"/etc/softhsm/softhsm2.conf", "no SOFTHSM2_CONF"};
}

fs::path token_folder(std::ifstream& file) {
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && trimmed(line.substr(0, equals)) == "directories.tokendir") {
      return trimmed(line.substr(equals + 1));
    }
  }
  return "/var/lib/softhsm/tokens";
}

// With the effective user and capabilities, by which files are opened.
bool may(const fs::path& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

std::string fault_of_tokens(const fs::path& folder) {
  std::error_code error;
  for (const auto& token : fs::directory_iterator(folder, error)) {
    const fs::path object = token.path() / "token.object";
    if (!may(token.path(), R_OK | X_OK) || (!may(object, R_OK) && errno != ENOENT)) {
      return fmt::format("token {}: {}; let {} read it and what is in it", token.path().string(), std::strerror(errno),
                         user());
    }
  }
  return error ? fmt::format("token folder {}: {}", folder.string(), error.message()) : std::string();
}

}  // namespace

std::string softhsm_fault(const std::string& module) {
  if (fs::path(module).filename().string().find("softhsm") == std::string::npos) return {};
  const Configuration conf = configuration();
  std::ifstream file(conf.file);
  if (!file) {
    return fmt::format(
        "SoftHSM's configuration {} ({}): {}; set SOFTHSM2_CONF in the environment of the server and let {} "
        "read that file",
        conf.file.string(), conf.named_by, std::strerror(errno), user());
  }
  const fs::path folder = token_folder(file);
  if (!may(folder, R_OK | X_OK)) {
    return fmt::format(
        "SoftHSM's token folder {} (directories.tokendir in {}): {}; name the right one, or let {} read it",
        folder.string(), conf.file.string(), std::strerror(errno), user());
  }
  return fault_of_tokens(folder);
}

}  // namespace hsm

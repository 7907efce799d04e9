// SPDX-License-Identifier: Apache-2.0
// Takes SIP Digest users into the database's form: H(A1) sealed under the data key of the import token, as an SQL
// script.
#pragma once

#include "hss/cli/access.h"

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace hss::app::cli {

struct DigestOptions {
  ImportOptions import;
  KeyIds ids;
  std::string realm;    // of all users, named by the operator
  std::string columns;  // as given to --columns
  bool allow = false;   // the script also adds sip-digest to the schemes of the IMPIs, behind what they have
};

// Nothing is written when a row is at fault. Throws Failure that names up to 20 faults, hsm::Error.
void import_digest(const Config& config, const std::filesystem::path& file, const DigestOptions& options,
                   std::ostream& out);

struct GenerateOptions {
  DigestOptions digest;
  std::vector<std::string> impis;
  std::filesystem::path passwords;  // created for the owner alone; must not exist yet
};

// A random password of 128 bits for each IMPI; they go to the file, in the form that import_digest reads. Throws
// Failure, hsm::Error; the file is there, complete and on disk, before the first word of the script.
void generate_digest(const Config& config, const GenerateOptions& options, std::ostream& out);

}  // namespace hss::app::cli

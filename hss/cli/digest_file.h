// SPDX-License-Identifier: Apache-2.0
// Reads a CSV file of SIP Digest users: H(A1) as it is, or made from the password.
#pragma once

#include "hsm/secret.h"
#include "hss/cli/columns.h"
#include "hss/cli/secret_lines.h"
#include "hss/cx/digest.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss::app::cli {

struct DigestUser {
  std::string impi;  // canonical, as the server looks it up
  std::string realm;
  hsm::HeapSecret md5;     // 16 octets
  hsm::HeapSecret sha256;  // 32 octets, or none
};

// H(IMPI:realm:password), as the UE computes it (RFC 7616 3.4.2); the IMPI is the user name. Throws Failure.
hsm::HeapSecret ha1_of(const DigestUser& user, std::string_view password, DigestAlgorithm algorithm);

// Nothing, or what is wrong with an IMPI or a realm, never with a value in it. A realm that the operator has not named
// himself must be the domain of the IMPI, or one above or below it: any other text may be a password.
std::optional<std::string_view> fault_of_identity(std::string_view impi, std::string_view realm, bool is_realm_named);

// How to read a file.
struct DigestForm {
  std::string columns;  // as given to --columns
  std::string realm;    // of all rows, named by the operator; empty: the file says it
};

class DigestFile {
 public:
  DigestFile(const std::filesystem::path& file, DigestForm form);  // reads the header; throws Failure

  // One row: the user, or what is wrong with it (never with a value in it).
  struct Row {
    std::optional<DigestUser> user;
    std::string fault;
  };
  std::optional<Row> next();
  [[nodiscard]] std::size_t line_number() const noexcept { return lines_.number(); }
  // The IMPI of a row that is sound, or nothing.
  [[nodiscard]] std::string fault(std::string_view impi, std::string_view what) const;

 private:
  [[nodiscard]] Row row_of(const std::vector<std::string_view>& fields) const;

  SecretLines lines_;
  DigestForm form_;
  Header header_;
};

}  // namespace hss::app::cli

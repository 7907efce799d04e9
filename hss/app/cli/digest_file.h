// Reads a CSV file of SIP Digest users: H(A1) as it is, or made from the password.
#pragma once

#include "hsm/secret.h"
#include "hss/app/cli/secret_lines.h"
#include "hss/digest.h"

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

// Nothing, or what is wrong with an IMPI or a realm: as the schema's constraints have it.
std::optional<std::string_view> fault_of_identity(std::string_view impi, std::string_view realm);

class DigestFile {
 public:
  explicit DigestFile(const std::filesystem::path& file);  // reads the header; throws Failure

  // One row: the user, or what is wrong with it (never with a value in it).
  struct Row {
    std::optional<DigestUser> user;
    std::string fault;
  };
  std::optional<Row> next();
  [[nodiscard]] std::size_t line_number() const noexcept { return lines_.number(); }
  [[nodiscard]] std::string fault(std::string_view impi, std::string_view what) const;

 private:
  enum class Column : std::uint8_t { impi, realm, password, ha1, ha1_sha256 };

  void read_header();
  [[nodiscard]] bool has(Column column) const;
  [[nodiscard]] Row row_of(const std::vector<std::string_view>& fields) const;

  SecretLines lines_;
  std::vector<Column> columns_;
};

}  // namespace hss::app::cli

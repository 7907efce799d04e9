// SPDX-License-Identifier: Apache-2.0
// Sealing of H(A1) and the script that stores it.
#include "hss/cli/digest_import.h"

#include "hsm/admin/import_session.h"
#include "hss/cli/digest_file.h"
#include "hss/cli/faults.h"
#include "hss/cli/import_script.h"
#include "hss/cli/octets.h"
#include "hss/cli/secret_file.h"
#include "hss/identity.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <set>

namespace hss::app::cli {
namespace {

constexpr std::size_t password_octets = 16;  // 128 bits (TS 33.203 Annex N)
constexpr std::string_view columns = "impi text COLLATE \"C\", realm text, md5_sealed bytea, sha256_sealed bytea";

// The IMPIs must be there already; a user that exists gets the new secret. Without EXCLUDED, which asks for the right
// to read what is sealed.
std::string statements(const DigestOptions& options) {
  const std::string data_key = std::to_string(options.ids.data_key);
  constexpr std::string_view allow = R"(UPDATE quintet.impi SET schemes = schemes || '{sip-digest}'
WHERE identity IN (SELECT impi FROM quintet_import) AND NOT 'sip-digest' = ANY (schemes);
)";
  return R"(DO $$
DECLARE missing text;
BEGIN
  SELECT string_agg(impi, ', ') INTO missing FROM (SELECT impi FROM quintet_import AS new
    WHERE NOT EXISTS (SELECT FROM quintet.impi WHERE identity = new.impi) ORDER BY impi LIMIT 20) AS unknown;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'these private identities are not provisioned (the first 20 at most): %', missing;
  END IF;
END $$;
CREATE TEMPORARY TABLE quintet_outcome ON COMMIT DROP AS
SELECT new.impi AS name, CASE WHEN old.impi_id IS NULL THEN 'new' ELSE 'replaced' END AS outcome
FROM quintet_import AS new JOIN quintet.impi ON impi.identity = new.impi
LEFT JOIN quintet.digest_secret AS old ON old.impi_id = impi.id;
UPDATE quintet.digest_secret AS old SET realm = new.realm, data_key_id = )" +
         data_key + R"(,
  md5_sealed = new.md5_sealed, sha256_sealed = new.sha256_sealed
FROM quintet_import AS new JOIN quintet.impi ON impi.identity = new.impi WHERE old.impi_id = impi.id;
INSERT INTO quintet.digest_secret (impi_id, realm, data_key_id, md5_sealed, sha256_sealed)
SELECT impi.id, new.realm, )" +
         data_key + R"(, new.md5_sealed, new.sha256_sealed
FROM quintet_import AS new JOIN quintet.impi ON impi.identity = new.impi
WHERE NOT EXISTS (SELECT FROM quintet.digest_secret AS old WHERE old.impi_id = impi.id)
ORDER BY impi.id;
)" + std::string(options.allow ? allow : "");
}

hsm::ImportSession open_session(const Config& config, const DigestOptions& options) {
  const hsm::KekSpec kek{config.token.kek_label, options.ids.kek, config.token.wrap_mechanism};
  return {load_import_module(config),
          {import_token(config, options.import), kek, config.token.data_key_label, options.ids.data_key}};
}

using SealedRow = std::array<std::string, 4>;  // in COPY's form

SealedRow seal(hsm::ImportSession& session, const DigestUser& user) {
  const auto sealed = [&](DigestAlgorithm algorithm, const hsm::HeapSecret& ha1) {
    return copied(session.seal(digest_binding(user.impi, user.realm, algorithm), ha1));
  };
  return {copied(user.impi), copied(user.realm), sealed(DigestAlgorithm::md5, user.md5),
          user.sha256.empty() ? std::string(copied_null) : sealed(DigestAlgorithm::sha256, user.sha256)};
}

// Text that grows in the secure heap.
class SecretText {
 public:
  explicit SecretText(std::size_t room) : content_(room) {}
  void add(std::string_view text) {
    std::ranges::copy(text, content_.edit().subspan(size_, text.size()).begin());
    size_ += text.size();
  }
  [[nodiscard]] hsm::Bytes view() const noexcept { return content_.view().first(size_); }

 private:
  hsm::HeapSecret content_;
  std::size_t size_ = 0;
};

std::string quoted_csv(std::string_view field) {
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

// The users without their secrets. Throws Failure.
std::vector<DigestUser> users_of(const GenerateOptions& options) {
  std::vector<DigestUser> users;
  std::set<std::string> seen;
  for (const std::string& given : options.impis) {
    DigestUser user{canonical_impi(given), options.digest.realm, {}, {}};
    if (user.realm.empty()) user.realm = user.impi.substr(user.impi.find('@') + 1);
    if (const auto wrong = fault_of_identity(user.impi, user.realm, !options.digest.realm.empty()))
      throw Failure(given + ": " + std::string(*wrong));
    if (!seen.insert(user.impi).second) throw Failure(given + ": is there twice");
    users.push_back(std::move(user));
  }
  return users;
}

// Of their rows in the file at most: every character doubled, and the password.
std::size_t room_of(const std::vector<DigestUser>& users) {
  constexpr std::size_t room_of_the_rest = 64;
  std::size_t room = 0;
  for (const DigestUser& user : users) room += 2 * (user.impi.size() + user.realm.size()) + room_of_the_rest;
  return room;
}

void add_password(DigestUser& user, SecretText& file) {
  const hsm::HeapSecret octets = random_octets(password_octets);
  hsm::HeapSecret text(password_octets * 2);
  encode_hex(octets.view(), text.edit());
  const std::string_view password(reinterpret_cast<const char*>(text.view().data()), text.size());  // digits
  user.md5 = ha1_of(user, password, DigestAlgorithm::md5);
  user.sha256 = ha1_of(user, password, DigestAlgorithm::sha256);
  file.add(quoted_csv(user.impi) + "," + quoted_csv(user.realm) + ",");
  file.add(password);
  file.add("\n");
}

}  // namespace

void import_digest(const Config& config, const std::filesystem::path& file, const DigestOptions& options,
                   std::ostream& out) {
  if (!std::filesystem::is_regular_file(file)) {
    throw Failure(file.string() + ": is not a regular file (it is read twice)");
  }
  const DigestForm form{options.columns, options.realm};
  check_rows(DigestFile(file, form),
             [](const DigestFile::Row& row) { return row.user ? std::optional(row.user->impi) : std::nullopt; });
  hsm::ImportSession session = open_session(config, options);
  DigestFile rows(file, form);
  ImportScript script(out, "quintet digest import", columns);
  while (const auto row = rows.next()) {
    if (!row->user) throw Failure(row->fault + "; the file changed while it was read");
    script.add(seal(session, *row->user));
    if (!out) throw Failure("writing the script failed");
  }
  script.finish(statements(options), "users", "from " + file.filename().string() + "; by " + operator_name());
}

void generate_digest(const Config& config, const GenerateOptions& options, std::ostream& out) {
  constexpr std::string_view header = "impi,realm,password\n";
  std::vector<DigestUser> users = users_of(options);
  hsm::ImportSession session = open_session(config, options.digest);
  SecretText passwords(header.size() + room_of(users));
  passwords.add(header);
  std::vector<SealedRow> rows;
  for (DigestUser& user : users) {
    add_password(user, passwords);
    rows.push_back(seal(session, user));
  }
  write_secret_file(options.passwords, passwords.view());
  ImportScript script(out, "quintet digest generate", columns);
  for (const SealedRow& row : rows) script.add(row);
  script.finish(statements(options.digest), "users", "by " + operator_name());
  std::cerr << "quintet: " << users.size() << " passwords are in " << options.passwords.string()
            << ": hand them over and delete the file\n";
}

}  // namespace hss::app::cli

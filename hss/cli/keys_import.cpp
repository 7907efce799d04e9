// SPDX-License-Identifier: Apache-2.0
// Imports a file of cards in two passes: the first only checks, so that a bad row cannot leave half a script.
#include "hss/cli/keys_import.h"

#include "hsm/admin/import_session.h"
#include "hss/cli/card_file.h"
#include "hss/cli/faults.h"
#include "hss/cli/import_script.h"

#include <array>
#include <iostream>
#include <map>

namespace hss::app::cli {
namespace {

constexpr std::string_view columns = "name text COLLATE \"C\", k_wrapped bytea, opc_sealed bytea, fingerprint bytea";
constexpr std::size_t progress_step = 10000;

KeyForm form_of(const KeysImportOptions& options) { return options.vendor ? KeyForm::wrapped : KeyForm::clear; }

// What each row is, before anything is changed; imports take turns, so it stays true. Rows that exist are locked in the
// order of their ids, as everywhere else. A K has two names when another
// credential keeps it, or another row brings it.
constexpr std::string_view judge_rows =
    R"(DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('quintet keys import')); END $$;
CREATE INDEX ON quintet_import (name);
CREATE INDEX ON quintet_import (fingerprint);
ANALYZE quintet_import;
DO $$ BEGIN PERFORM old.id FROM quintet.credential AS old JOIN quintet_import AS new ON new.name = old.name
  ORDER BY old.id FOR NO KEY UPDATE OF old; END $$;
CREATE TEMPORARY TABLE quintet_outcome ON COMMIT DROP AS
SELECT new.name, CASE WHEN old.id IS NULL THEN 'new' WHEN old.fingerprint = new.fingerprint THEN 'equal' ELSE 'replaced' END
  AS outcome
FROM quintet_import AS new LEFT JOIN quintet.credential AS old ON old.name = new.name;
INSERT INTO quintet_outcome
SELECT new.name || ' = ' || string_agg(twin.name, ', ' ORDER BY twin.name), 'same K'
FROM quintet_import AS new JOIN (
  SELECT name, fingerprint FROM quintet_import
  UNION
  SELECT name, fingerprint FROM quintet.credential AS kept
  WHERE fingerprint IN (SELECT fingerprint FROM quintet_import)
    AND NOT EXISTS (SELECT FROM quintet_import AS moved WHERE moved.name = kept.name)) AS twin
  ON twin.fingerprint = new.fingerprint AND twin.name <> new.name
GROUP BY new.name;
)";
constexpr std::string_view refuse_twins = R"(DO $$
DECLARE twins text;
BEGIN
  SELECT string_agg(name, '; ') INTO twins
  FROM (SELECT name FROM quintet_outcome WHERE outcome = 'same K' ORDER BY name LIMIT 20) AS doubtful;
  IF twins IS NOT NULL THEN
    RAISE EXCEPTION 'the same K under two names (the first 20 at most): %', twins
      USING HINT = 'quintet keys import --allow-same-key takes them; they then share their sequence numbers.';
  END IF;
END $$;
)";

// Whoever runs this may write blobs and seals and not read them (docs/roles.md), so there is no EXCLUDED, which asks
// for the right to read.
std::string statements(const KeysImportOptions& options, std::string_view wrap_mechanism) {
  const std::string kek = std::to_string(options.ids.kek);
  const std::string data_key = std::to_string(options.ids.data_key);
  return std::string(judge_rows) + std::string(options.allow_same_key ? "" : refuse_twins) +
         "UPDATE quintet.credential AS old SET kek_id = " + kek + ", wrap_mechanism = " + quoted(wrap_mechanism) +
         ", k_wrapped = new.k_wrapped, key_uri = NULL,\n  data_key_id = " + data_key +
         ", opc_sealed = new.opc_sealed, fingerprint = new.fingerprint\n"
         "FROM quintet_import AS new WHERE old.name = new.name;\n"
         "INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, data_key_id, opc_sealed, "
         "fingerprint)\n"
         "SELECT new.name, " +
         kek + ", " + quoted(wrap_mechanism) + ", new.k_wrapped, " + data_key +
         ", new.opc_sealed, new.fingerprint\n"
         "FROM quintet_import AS new WHERE NOT EXISTS (SELECT FROM quintet.credential AS old WHERE old.name = "
         "new.name);\n";
}

hsm::ImportSession::Passage pass(hsm::ImportSession& session, const KeysImportOptions& options, const Card& card) {
  if (!options.vendor) return session.from_plain(card.k);
  return session.from_transport(options.transport_key, options.mechanism, card.wrapped);
}

// Passes cards through the token into the script. A K that has been there is a fault; the script then has no end.
class CardImport {
 public:
  CardImport(const KeysImportOptions& options, hsm::ImportSession& session, const CardFile& file, ImportScript& script)
      : options_(options), session_(session), file_(file), script_(script) {}

  void take(const Card& card) {
    try {
      const auto key = pass(session_, options_, card);
      const hsm::Fingerprint fingerprint = session_.fingerprint(key);
      const auto wrapped = session_.wrap(key);
      const auto sealed = sealed_opc(card, key, wrapped);
      script_.add(std::array{copied(card.credential), copied(wrapped), copied(sealed), copied(fingerprint)});
      note(card.credential, fingerprint);
    } catch (const hsm::Error& error) {
      throw Failure(file_.fault(card.credential, error.what()));
    }
  }
  void throw_any() const { twins_.throw_any(); }

 private:
  std::vector<std::uint8_t> sealed_opc(const Card& card, const hsm::ImportSession::Passage& key, hsm::Bytes wrapped) {
    if (file_.what() == Operator::opc) return session_.seal_opc(card.credential, wrapped, card.op);
    return session_.seal_opc(card.credential, wrapped, session_.opc_from_op(key, card.op));
  }

  void note(const std::string& name, const hsm::Fingerprint& fingerprint) {
    const auto [first, is_new] = names_.try_emplace(fingerprint, name);
    if (is_new || options_.allow_same_key) return;
    twins_.add(file_.fault(name, "has the same K as credential " + first->second + "; --allow-same-key takes it"));
  }

  const KeysImportOptions& options_;
  hsm::ImportSession& session_;
  const CardFile& file_;
  ImportScript& script_;
  std::map<hsm::Fingerprint, std::string> names_;  // of every K
  Faults twins_;
};

void report(std::size_t done, std::size_t all) {
  if (all <= progress_step || (done % progress_step != 0 && done != all)) return;
  std::cerr << '\r' << done << " of " << all << " keys" << (done == all ? "\n" : "") << std::flush;
}

}  // namespace

void import_keys(const Config& config, const KeysImportOptions& options, std::ostream& out) {
  if (!std::filesystem::is_regular_file(options.file)) {
    throw Failure(options.file.string() + ": is not a regular file (it is read twice)");
  }
  const std::size_t count = check_rows(
      CardFile(options.file, form_of(options), options.columns),
      [](const CardFile::Row& row) { return row.card ? std::optional(row.card->credential) : std::nullopt; });
  const hsm::KekSpec kek{config.token.kek_label, options.ids.kek, config.token.wrap_mechanism};
  hsm::ImportSession session(load_import_module(config), {import_token(config, options.import), kek,
                                                          config.token.data_key_label, options.ids.data_key});
  CardFile file(options.file, form_of(options), options.columns);
  ImportScript script(out, "quintet keys import", columns);
  CardImport cards(options, session, file, script);
  while (const auto row = file.next()) {
    if (!row->card) throw Failure(row->fault + "; the file changed while it was read");
    cards.take(*row->card);
    if (!out) throw Failure("writing the script failed");
    report(script.count(), count);
  }
  cards.throw_any();
  script.finish(statements(options, kek.wrap_mechanism), "credentials",
                "from " + options.file.filename().string() + "; by " + operator_name());
}

}  // namespace hss::app::cli

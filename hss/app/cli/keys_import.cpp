// Imports a file of cards in two passes: the first only checks, so that a bad row cannot leave half a script.
#include "hss/app/cli/keys_import.h"

#include "hsm/import_session.h"
#include "hss/app/cli/card_file.h"
#include "hss/app/cli/faults.h"
#include "hss/app/cli/import_script.h"

#include <array>
#include <iostream>

namespace hss::app::cli {
namespace {

constexpr std::string_view columns = "name text COLLATE \"C\", k_wrapped bytea, opc_sealed bytea, fingerprint bytea";
constexpr std::size_t progress_step = 10000;

KeyForm form_of(const KeysImportOptions& options) { return options.vendor ? KeyForm::wrapped : KeyForm::clear; }

// Rows that exist are locked in the order of their ids, as everywhere else. Whoever runs this may write blobs and seals
// and not read them (docs/roles.md), so there is no EXCLUDED, which asks for the right to read.
std::string statements(const KeyIds& ids, std::string_view wrap_mechanism) {
  const std::string kek = std::to_string(ids.kek);
  const std::string data_key = std::to_string(ids.data_key);
  return "DO $$ BEGIN PERFORM old.id FROM quintet.credential AS old JOIN quintet_import AS new ON new.name = old.name\n"
         "  ORDER BY old.id FOR NO KEY UPDATE OF old; END $$;\n"
         "UPDATE quintet.credential AS old SET kek_id = " +
         kek + ", wrap_mechanism = " + quoted(wrap_mechanism) + ", k_wrapped = new.k_wrapped, key_uri = NULL,\n" +
         "  data_key_id = " + data_key +
         ", opc_sealed = new.opc_sealed, fingerprint = new.fingerprint\nFROM quintet_import AS new WHERE old.name = "
         "new.name;\n" +
         "INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, data_key_id, opc_sealed, "
         "fingerprint)\n" +
         "SELECT new.name, " + kek + ", " + quoted(wrap_mechanism) + ", new.k_wrapped, " + data_key +
         ", new.opc_sealed, new.fingerprint\n" +
         "FROM quintet_import AS new WHERE NOT EXISTS (SELECT FROM quintet.credential AS old WHERE old.name = "
         "new.name);\n";
}

hsm::ImportSession::Passage pass(hsm::ImportSession& session, const KeysImportOptions& options, const Card& card) {
  if (!options.vendor) return session.from_plain(card.k);
  return session.from_transport(options.transport_key, options.mechanism, card.wrapped);
}

void import_card(hsm::ImportSession& session, const KeysImportOptions& options, Operator what, const Card& card,
                 ImportScript& script) {
  const auto key = pass(session, options, card);
  const auto wrapped = session.wrap(key);
  const auto seal = [&](const hsm::HeapSecret& opc) { return session.seal_opc(card.credential, wrapped, opc); };
  const auto sealed = what == Operator::opc ? seal(card.op) : seal(session.opc_from_op(key, card.op));
  script.add(std::array{copied(card.credential), copied(wrapped), copied(sealed), copied(session.fingerprint(key))});
}

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
  hsm::ImportSession session(
      hsm::load_module(config.token.module),
      {import_token(config, options.import), kek, config.token.data_key_label, options.ids.data_key});
  CardFile file(options.file, form_of(options), options.columns);
  ImportScript script(out, "quintet keys import", columns);
  while (const auto row = file.next()) {
    if (!row->card) throw Failure(row->fault + "; the file changed while it was read");
    try {
      import_card(session, options, file.what(), *row->card, script);
    } catch (const hsm::Error& error) {
      throw Failure(file.fault(row->card->credential, error.what()));
    }
    if (!out) throw Failure("writing the script failed");
    report(script.count(), count);
  }
  script.finish(statements(options.ids, kek.wrap_mechanism), "credentials",
                "from " + options.file.filename().string() + "; by " + operator_name());
}

}  // namespace hss::app::cli

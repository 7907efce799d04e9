// Writes the import script. COPY into a temporary table, because a million INSERTs take many minutes.
#include "hss/app/cli/import_script.h"

#include "hss/app/cli/octets.h"

namespace hss::app::cli {
namespace {

constexpr std::string_view head =
    R"(-- Written by quintet keys import, for psql. Keys are wrapped, OPc is sealed; nothing is in clear.
\set ON_ERROR_STOP on
BEGIN;
CREATE TEMPORARY TABLE quintet_import (name text COLLATE "C", k_wrapped bytea, opc_sealed bytea) ON COMMIT DROP;
COPY quintet_import FROM stdin;
)";

constexpr std::string_view stopped = R"(\.
DO $$ BEGIN RAISE EXCEPTION 'quintet keys import did not finish: nothing is imported'; END $$;
)";

// As an SQL literal.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

ImportScript::ImportScript(std::ostream& out, ImportTarget target) : out_(out), target_(std::move(target)) {
  out_ << head;
}

ImportScript::~ImportScript() {
  if (finished_) return;
  out_ << stopped;
  out_.flush();
}

void ImportScript::add(std::string_view credential, hsm::Bytes wrapped, hsm::Bytes sealed) {
  out_ << credential << "\t\\\\x" << hex_of(wrapped) << "\t\\\\x" << hex_of(sealed) << '\n';
  ++count_;
}

void ImportScript::finish() {
  // Rows that exist are locked in the order of their ids, as everywhere else.
  out_ << "\\.\n"
       << "INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, data_key_id, opc_sealed)\n"
       << "SELECT new.name, " << target_.kek_id << ", " << quoted(target_.wrap_mechanism) << ", new.k_wrapped, "
       << target_.data_key_id << ", new.opc_sealed\n"
       << "FROM quintet_import AS new LEFT JOIN quintet.credential AS old ON old.name = new.name\n"
       << "ORDER BY old.id\n"
       << "ON CONFLICT (name) DO UPDATE SET kek_id = EXCLUDED.kek_id, wrap_mechanism = EXCLUDED.wrap_mechanism,\n"
       << "  k_wrapped = EXCLUDED.k_wrapped, key_uri = NULL, data_key_id = EXCLUDED.data_key_id,\n"
       << "  opc_sealed = EXCLUDED.opc_sealed;\n"
       << "INSERT INTO quintet.audit (action, subject, detail)\n"
       << "VALUES ('keys import', " << quoted(std::to_string(count_) + " credentials") << ", " << quoted(target_.source)
       << ");\n"
       << "COMMIT;\n";
  finished_ = true;
}

}  // namespace hss::app::cli

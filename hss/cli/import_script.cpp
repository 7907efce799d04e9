// SPDX-License-Identifier: Apache-2.0
// Writes an import script around its rows.
#include "hss/cli/import_script.h"

#include "hss/cli/octets.h"

namespace hss::app::cli {

std::string copied(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out;
}

std::string copied(hsm::Bytes octets) { return "\\\\x" + hex_of(octets); }

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

ImportScript::ImportScript(std::ostream& out, std::string_view command, std::string_view columns)
    : out_(out), command_(command) {
  out_ << "-- Written by " << command_ << ", for psql. Secrets are wrapped or sealed; nothing is in clear.\n"
       << "\\set ON_ERROR_STOP on\nBEGIN;\n"
       << "CREATE TEMPORARY TABLE quintet_import (" << columns << ") ON COMMIT DROP;\n"
       << "COPY quintet_import FROM stdin;\n";
}

ImportScript::~ImportScript() {
  if (finished_) return;
  out_ << "\\.\nDO $$ BEGIN RAISE EXCEPTION '" << command_ << " did not finish: nothing is imported'; END $$;\n";
  out_.flush();
}

void ImportScript::add(std::span<const std::string> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) out_ << (i == 0 ? "" : "\t") << fields[i];
  out_ << '\n';
  ++count_;
}

// psql prints the report: how many of each outcome and the first of their names, then every name that was replaced.
void ImportScript::finish(std::string_view statements, std::string_view things, std::string_view detail) {
  const std::string_view action = command_.substr(command_.find(' ') + 1);
  out_ << "\\.\n"
       << statements << "INSERT INTO quintet.audit (action, subject, detail)\n"
       << "SELECT " << quoted(action) << ", " << quoted(std::to_string(count_) + " " + std::string(things)) << ",\n  "
       << quoted(detail) << R"( || coalesce('; ' || string_agg(number || ' ' || outcome, ', ' ORDER BY outcome), '')
FROM (SELECT outcome, count(*) AS number FROM quintet_outcome GROUP BY outcome) AS o;
SELECT outcome, count(*) AS number, array_to_string((array_agg(name ORDER BY name))[1:20], ', ') AS the_first_20
FROM quintet_outcome GROUP BY outcome ORDER BY outcome;
SELECT name AS replaced FROM quintet_outcome WHERE outcome = 'replaced' ORDER BY name;
COMMIT;
)";
  finished_ = true;
}

}  // namespace hss::app::cli

// Imports a file of cards in two passes: the first only checks, so that a bad row cannot leave half a script.
#include "hss/app/cli/keys_import.h"

#include "hsm/import_session.h"
#include "hss/app/cli/card_file.h"
#include "hss/app/cli/import_script.h"

#include <iostream>
#include <unordered_map>

namespace hss::app::cli {
namespace {

constexpr std::size_t most_faults = 20;
constexpr std::size_t progress_step = 10000;

KeyForm form_of(const KeysImportOptions& options) { return options.vendor ? KeyForm::wrapped : KeyForm::clear; }

// The faults of the file, and of names that come twice.
class Faults {
 public:
  void add(const std::string& fault) {
    if (++count_ <= most_faults) text_ += (text_.empty() ? "" : "\n") + fault;
  }
  void throw_any() const {
    if (count_ == 0) return;
    const std::string more = count_ > most_faults ? "\nand " + std::to_string(count_ - most_faults) + " more" : "";
    throw Failure(text_ + more + "\n" + std::to_string(count_) + " rows are at fault, nothing was written");
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

std::size_t check_rows(const KeysImportOptions& options) {
  CardFile file(options.file, form_of(options));
  std::unordered_map<std::string, std::size_t> lines;
  Faults faults;
  while (const auto row = file.next()) {
    if (!row->card) {
      faults.add(row->fault);
      continue;
    }
    const auto [first, is_new] = lines.try_emplace(row->card->credential, file.line_number());
    if (!is_new) faults.add(file.fault(first->first, "was in line " + std::to_string(first->second) + " already"));
  }
  faults.throw_any();
  if (lines.empty()) throw Failure(options.file.string() + ": has no cards");
  return lines.size();
}

hsm::ImportSession::Passage pass(hsm::ImportSession& session, const KeysImportOptions& options, const Card& card) {
  if (!options.vendor) return session.from_plain(card.k);
  return session.from_transport(options.transport_key, options.mechanism, card.wrapped);
}

void import_card(hsm::ImportSession& session, const KeysImportOptions& options, Operator what, const Card& card,
                 ImportScript& script) {
  const auto key = pass(session, options, card);
  const auto wrapped = session.wrap(key);
  if (what == Operator::opc) {
    script.add(card.credential, wrapped, session.seal_opc(card.credential, wrapped, card.op));
  } else {
    const hsm::HeapSecret opc = session.opc_from_op(key, card.op);
    script.add(card.credential, wrapped, session.seal_opc(card.credential, wrapped, opc));
  }
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
  const std::size_t count = check_rows(options);
  const hsm::KekSpec kek{config.token.kek_label, options.ids.kek, config.token.wrap_mechanism};
  hsm::ImportSession session(
      hsm::load_module(config.token.module),
      {import_token(config, options.import), kek, config.token.data_key_label, options.ids.data_key});
  CardFile file(options.file, form_of(options));
  ImportScript script(out, {options.ids.kek, kek.wrap_mechanism, options.ids.data_key,
                            "from " + options.file.filename().string() + "; by " + operator_name()});
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
  script.finish();
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// quintet sqn: shows sequence numbers; sets or raises them by hand, with an audit row.
#include "hss/cli/access.h"
#include "hss/cli/command.h"
#include "hss/identity.h"

#include <algorithm>
#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

constexpr std::uint64_t greatest_jump = auc::seq_delta / 2;

std::uint64_t effective(const pg::CredentialSqn& row) { return auc::seq_with_lead(row.sqn, row.cluster_lead); }

std::uint64_t ceiling(const Config& config) { return auc::ceiling(config.sqn.policy); }

void refuse_above_ceiling(std::uint64_t seq, const Config& config) {
  if (seq <= ceiling(config)) return;
  throw Failure("SEQ " + std::to_string(seq) + " is above the ceiling of " + std::to_string(ceiling(config)) +
                "; a card that went there would be used up");
}

[[noreturn]] void refuse_without_fingerprint(const std::string& credential) {
  throw Failure("the K of credential " + credential +
                " has no fingerprint yet, and so no sequence numbers; run quintet keys fingerprint");
}

pg::CredentialSqn find(pg::Admin& admin, const std::string& name) {
  auto row = admin.credential(name);
  if (!row) row = admin.credential_of(canonical_impi(name));
  if (!row) throw Failure("no credential and no IMPI with a credential is called " + name);
  if (row->fingerprint.empty()) refuse_without_fingerprint(row->name);
  return std::move(*row);
}

[[noreturn]] void no_credential(pg::Admin& admin, const std::string& name) {
  if (admin.credential(name)) refuse_without_fingerprint(name);
  const auto of_impi = admin.credential_of(canonical_impi(name));
  throw Failure("no credential is called " + name +
                (of_impi ? "; the IMPI of that name uses credential " + of_impi->name : ""));
}

void show(const Config& config, const std::string& name) {
  pg::Admin admin(database(config));
  const pg::CredentialSqn row = find(admin, name);
  std::cout << "credential " << row.name << '\n'
            << "impis      " << (row.impis.empty() ? "none" : row.impis) << '\n'
            << "seq        " << effective(row) << " (ceiling " << ceiling(config) << ")\n";
  if (effective(row) != row.sqn.seq) {
    std::cout << "           stored " << row.sqn.seq << ", the cluster's lead adds " << effective(row) - row.sqn.seq
              << '\n';
  }
  std::cout << "card       at " << row.card_seq << " when it last gave a sign; "
            << (effective(row) > row.card_seq ? effective(row) - row.card_seq : 0) << " of Delta (" << auc::seq_delta
            << ") taken since\n"
            << "last ind  ";
  for (std::size_t i = 0; i < auc::domain_count; ++i) {
    const auto& ind = row.sqn.last_ind[i];
    const std::string text = ind ? std::to_string(*ind) : "-";
    std::cout << ' ' << auc::name(auc::Domain{static_cast<std::uint8_t>(i)}) << '=' << text;
  }
  std::cout << "\nresyncs    " << row.resync_count << " in the last window\n";
}

struct SetOptions {
  std::string credential;
  std::uint64_t seq = 0;
  bool force = false;
};

std::uint64_t decide_set(const pg::CredentialSqn& row, const SetOptions& options, const Config& config) {
  const std::uint64_t before = effective(row);
  refuse_above_ceiling(options.seq, config);
  if (options.seq < before && !options.force) {
    throw Failure("SEQ " + std::to_string(options.seq) + " is below " + std::to_string(before) +
                  ": numbers would be issued twice. --force if the card is new or known to be behind");
  }
  if (options.seq > row.card_seq + auc::seq_delta && !options.force) {
    throw Failure("SEQ " + std::to_string(options.seq) + " is more than Delta (" + std::to_string(auc::seq_delta) +
                  ") above " + std::to_string(row.card_seq) +
                  ", where the card last gave a sign: it would refuse that. --force if the card is there already");
  }
  return options.seq;
}

std::uint64_t decide_jump(const pg::CredentialSqn& row, std::uint64_t by, const Config& config) {
  const std::uint64_t seq = effective(row) + by;
  refuse_above_ceiling(seq, config);
  if (seq > row.card_seq + greatest_jump) {
    throw Failure("SEQ " + std::to_string(seq) + " would be more than half of Delta (" + std::to_string(greatest_jump) +
                  ") above " + std::to_string(row.card_seq) +
                  ", where the card last gave a sign, and it might never follow; let it authenticate first");
  }
  return seq;
}

// Applies a decision to one credential and tells what became of it.
void change(const Config& config, const std::string& name, const pg::Admin::Decision& decide, pg::SeqAct act) {
  pg::Admin admin(database(config));
  act.note = "by " + operator_name();
  std::uint64_t after = 0;
  const auto remember = [&](const pg::CredentialSqn& row) { return after = decide(row); };
  const auto before = admin.change_seq(name, remember, act);
  if (!before) no_credential(admin, name);
  std::cout << "credential " << before->name << ": SEQ " << effective(*before) << " -> " << after << '\n';
}

struct JumpOptions {
  std::uint64_t by = 0;
  std::string credential;
  bool all = false;
};

void jump_all(const Config& config, std::uint64_t by) {
  pg::Admin admin(database(config));
  if (const auto count = admin.count_above(ceiling(config), by); count > 0) {
    throw Failure(std::to_string(count) + " credentials would stand above the ceiling of " +
                  std::to_string(ceiling(config)));
  }
  const bool counts_only = config.sqn.policy.profile == auc::Profile::counter;
  if (const auto count = admin.count_far(greatest_jump - by, counts_only); count > 0) {
    throw Failure(std::to_string(count) + " cards would have to leap by more than half of Delta (" +
                  std::to_string(greatest_jump) +
                  ") at once and might never follow; let them authenticate first (quintet sqn show tells how far), or "
                  "jump by less");
  }
  const std::uint64_t lead =
      admin.raise_lead(by, {"sqn jump", "all", "by " + std::to_string(by) + "; by " + operator_name()});
  std::cout << "all credentials: SEQ leads by " << by << " more, " << lead << " in all\n";
}

void jump(const Config& config, const JumpOptions& options) {
  if (options.all == !options.credential.empty()) throw Failure("give either a credential or --all");
  if (options.all) return jump_all(config, options.by);
  change(config, options.credential, [&](const pg::CredentialSqn& row) { return decide_jump(row, options.by, config); },
         {"sqn jump", "", false});
}

void add_show(CLI::App& group, Session& session) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = group.add_subcommand("show", "Show SEQ and the last index of every domain");
  command->add_option("name", *name, "A credential or an IMPI")->required();
  command->callback([&session, name] { session.action = [&session, name] { show(configuration(session), *name); }; });
}

void add_set(CLI::App& group, Session& session) {
  const auto options = std::make_shared<SetOptions>();
  CLI::App* command = group.add_subcommand("set", "Set the last SEQ issued; the next vector has a higher one");
  command->add_option("credential", options->credential, "The credential")->required();
  command->add_option("seq", options->seq, "The new SEQ (without IND)")->required();
  command->add_flag("--force", options->force, "Also downwards, or up by more than Delta");
  command->callback([&session, options] {
    session.action = [&session, options] {
      const Config config = configuration(session);
      change(config, options->credential,
             [&](const pg::CredentialSqn& row) { return decide_set(row, *options, config); },
             {"sqn set", "", options->force});
    };
  });
}

void add_jump(CLI::App& group, Session& session) {
  const auto options = std::make_shared<JumpOptions>();
  CLI::App* command = group.add_subcommand("jump", "Raise SEQ, e.g. after a snapshot of the database was restored");
  command->add_option("n", options->by, "By how much")->required()->check(CLI::Range(std::uint64_t{1}, greatest_jump));
  command->add_option("credential", options->credential, "The credential");
  command->add_flag("--all", options->all, "Every credential, at once and at no cost (the cluster's lead)");
  command->callback(
      [&session, options] { session.action = [&session, options] { jump(configuration(session), *options); }; });
}

void arm_return(const Config& config, const std::string& name) {
  pg::Admin admin(database(config));
  const pg::CredentialSqn row = find(admin, name);
  admin.arm_return(row, {"", row.name, "at SEQ " + std::to_string(effective(row)) + "; by " + operator_name()});
  std::cout << "credential " << row.name
            << ": for ten minutes, the first synchronisation failure that the card reports to a new\n"
            << "challenge, more than Delta below, takes its SEQ down to what the card says. Let the subscriber "
               "register now.\n";
}

void add_return(CLI::App& group, Session& session) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command =
      group.add_subcommand("return", "Let one card that is more than Delta behind bring its SEQ down, once");
  command->add_option("name", *name, "A credential or an IMPI")->required();
  command->callback(
      [&session, name] { session.action = [&session, name] { arm_return(configuration(session), *name); }; });
}

}  // namespace

void add_sqn(CLI::App& tool, Session& session) {
  CLI::App* group = tool.add_subcommand("sqn", "Show, set or raise sequence numbers");
  group->require_subcommand(1);
  add_show(*group, session);
  add_set(*group, session);
  add_jump(*group, session);
  add_return(*group, session);
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// quintet av: test vectors for an operator, issued like any other: SQN consumed durably before anything is shown.
#include "auc/milenage.h"
#include "hsm/pkcs11_token.h"
#include "hss/cli/access.h"
#include "hss/cli/command.h"
#include "hss/cli/octets.h"
#include "hss/identity.h"
#include "hss/issue.h"

#include <array>
#include <chrono>
#include <iostream>
#include <memory>

namespace hss::app::cli {
namespace {

struct AvOptions {
  std::string impi;
  std::string domain;
  std::size_t count = 1;
};

struct Issued {
  std::vector<auc::Challenge> challenges;
  hsm::Key key;
};

// The operator has no budget.
IssuedNumbers take_numbers(CredentialRows& rows, const Config& config, const NumberOrder& order) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto issued = issue(rows.rows.front(), order, {config.sqn.policy}, {rows.seq_lead, now});
  if (issued.empty()) throw Failure("no number can be issued: the domain is not served or SEQ is at its ceiling");
  return issued;
}

void check_served(const CredentialRows::Member& member, const std::string& impi) {
  if (!member.is_known) throw Failure("no IMPI is called " + impi);
  if (!member.key) throw Failure("IMPI " + impi + " has no credential");
  if (member.credential == none) {
    throw Failure("credential " + member.key->owner + " has no fingerprint; run quintet keys fingerprint");
  }
}

// One transaction, as for a request: lock, decide, write, commit. The key is opened first, so that a token that cannot
// answer costs no numbers.
Issued make_challenges(CredentialStore& store, hsm::Token& token, const Config& config, const AvOptions& options,
                       auc::Domain domain) {
  const std::string impi = canonical_impi(options.impi);
  const std::array wanted{CredentialWanted{impi}};
  const auto transaction = store.begin();
  CredentialRows rows = transaction->lock(wanted);
  check_served(rows.members.front(), impi);
  Issued issued{{}, token.load(*rows.members.front().key)};
  const auto numbers = take_numbers(rows, config, {domain, options.count, {}, {}});
  for (const auto sqn : numbers.sqns) {
    issued.challenges.push_back({{}, sqn});
    token.random(issued.challenges.back().rand.octets);
  }
  transaction->commit(rows, domain);
  return issued;
}

void print(const auc::Vector& vector, auc::Sqn sqn, unsigned ind_bits) {
  std::cout << "SQN  seq=" << auc::seq_of(sqn, ind_bits) << " ind=" << unsigned{auc::ind_of(sqn, ind_bits)} << '\n'
            << "RAND " << hex_of(vector.rand.octets) << '\n'
            << "AUTN " << hex_of(vector.autn.octets) << '\n'
            << "XRES " << hex_of(vector.xres.octets.view()) << '\n'
            << "CK   " << hex_of(vector.ck.octets.view()) << '\n'
            << "IK   " << hex_of(vector.ik.octets.view()) << "\n\n";
}

void make_vectors(const Config& config, const AvOptions& options) {
  const auc::Domain domain = auc::domain_of(options.domain).value();
  const auto access = database(config);
  // Before the act: there may be an entry without vectors, never vectors without an entry.
  pg::Admin(access).audit(
      {"av", canonical_impi(options.impi),
       std::to_string(options.count) + " for domain " + options.domain + "; by " + operator_name()});
  const auto store = pg::open_store(access);
  hsm::Pkcs11Token token(config.token);
  token.expect(store->kek_checks());
  token.open();
  const Issued issued = make_challenges(*store, token.session(0), config, options, domain);
  const auto amf = config.authentication.amf[static_cast<std::size_t>(domain)];
  const auto vectors = auc::vectors(token.session(0), issued.key, issued.challenges, amf);
  std::cerr
      << "quintet: these vectors are valid and secret; whoever has them can pose as the network or the subscriber\n";
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    print(vectors[i], issued.challenges[i].sqn, config.sqn.policy.ind_bits);
  }
}

}  // namespace

void add_av(CLI::App& tool, Session& session) {
  constexpr std::size_t most = 32;
  const auto options = std::make_shared<AvOptions>();
  CLI::App* command = tool.add_subcommand("av", "Issue test vectors: consumes sequence numbers, leaves an audit entry");
  command->add_option("impi", options->impi, "The private identity")->required();
  command->add_option("--domain", options->domain, "For which service domain")
      ->required()
      ->check(CLI::IsMember({"ps", "cs", "ims", "eps", "wlan", "gba"}));
  command->add_option("-n,--count", options->count, "How many")
      ->check(CLI::Range(std::size_t{1}, most))
      ->capture_default_str();
  command->callback([&session, options] {
    session.action = [&session, options] { make_vectors(configuration(session), *options); };
  });
}

}  // namespace hss::app::cli

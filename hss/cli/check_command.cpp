// SPDX-License-Identifier: Apache-2.0
// quintet check: looks at everything the server needs and prints a line each.
#include "hsm/pkcs11_token.h"
#include "hss/app/tls_files.h"
#include "hss/cli/access.h"
#include "hss/cli/command.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <iostream>
#include <optional>

namespace hss::app::cli {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds most_skew{2000};
constexpr std::chrono::sys_days oldest_clock = std::chrono::year{2025} / 1 / 1;  // an unset clock is before

// Counts what failed. Each check prints one line and leaves the others their turn.
class Checks {
 public:
  template <typename Check>
  void run(const std::string& name, Check check) {
    try {
      const std::string found = check();
      std::cout << "ok   " << name << ": " << found << '\n';
    } catch (const std::exception& error) {
      std::cout << "FAIL " << name << ": " << error.what() << '\n';
      ++failed_;
    }
  }
  // Works, but may not keep what it should.
  static void warn(const std::string& name, const std::string& text) {
    std::cout << "warn " << name << ": " << text << '\n';
  }
  [[nodiscard]] unsigned failed() const noexcept { return failed_; }

 private:
  unsigned failed_ = 0;
};

std::string describe(const pg::DatabaseFacts& facts) {
  return "PostgreSQL " + facts.server_version + ", schema version " + std::to_string(facts.schema_version) +
         ", fsync and full_page_writes on, synchronous_commit=" + facts.synchronous_commit + ", timeline " +
         std::to_string(facts.timeline) + ", SEQ lead " + std::to_string(facts.seq_lead);
}

std::string check_clock(const pg::DatabaseFacts& facts, Milliseconds skew) {
  if (facts.clock < oldest_clock) throw Failure("the database's clock is not set");
  if (std::chrono::system_clock::now() < oldest_clock) throw Failure("this machine's clock is not set");
  std::string text = std::to_string(skew.count()) + " ms from the database's";
  if (skew > most_skew || skew < -most_skew) throw Failure(text + ", allowed are " + std::to_string(most_skew.count()));
  return text;
}

std::string check_keks(hsm::Pkcs11Token& token, const std::vector<hsm::KekCheck>& checks) {
  if (checks.empty()) throw Failure("the database knows no KEK; run quintet token init");
  token.expect(checks);
  token.open();
  return std::to_string(checks.size()) + " known to the database, the token holds the same";
}

std::string check_key(hsm::Token& token, CredentialStore& store, const std::string& impi) {
  const CredentialWanted wanted{impi};
  const auto keys = store.keys_of(std::span(&wanted, 1));
  if (impi.empty() || keys.front() == nullptr) return "no credential to try yet";
  token.load(*keys.front());
  return "that of credential " + keys.front()->owner + " opens";
}

void check_numbers(const Config& config, const pg::DatabaseFacts& facts) {
  if (facts.without_fingerprint > 0) {
    Checks::warn("fingerprints",
                 std::to_string(facts.without_fingerprint) +
                     " credentials have none, or lost their numbers, and are not served; run quintet keys fingerprint");
  }
  if (facts.guards != pg::all_guards) {
    Checks::warn("guards",
                 std::to_string(pg::all_guards - facts.guards) +
                     " triggers that keep sequence numbers from going back are missing or not enabled ALWAYS");
  }
  if (facts.subscriptions > 0) {
    Checks::warn("replication", "the database is a target of logical replication, which may write sequence numbers");
  }
  if (config.sqn.witness.empty()) {
    Checks::warn("witness", "none; let sqn.witness name a file on a disk of this node");
  }
}

void check_database(Checks& checks, const Config& config, std::optional<pg::DatabaseFacts>& facts) {
  checks.run("database", [&] {
    pg::Admin admin(database(config));
    facts = admin.facts();
    return describe(*facts);
  });
  if (!facts) return;
  const auto skew = std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now() - facts->clock);
  check_numbers(config, *facts);
  checks.run("clock", [&] { return check_clock(*facts, skew); });
}

// Each certificate and the CRL, as it will be when the server shows or reads it.
void check_tls(Checks& checks, const TlsConfig& tls) {
  std::vector<Expiry> expiries;
  checks.run("tls", [&] {
    TlsFacts facts = read_tls_files(tls, "");
    expiries = std::move(facts.expiries);
    return fmt::format("certificate of {}, key and CAs fit each other", fmt::join(facts.names, ", "));
  });
  for (const Expiry& expiry : expiries) {
    if (days_left(expiry) <= tls.warn) {
      Checks::warn("tls", describe(expiry));
    } else {
      checks.run("tls", [&] { return describe(expiry); });
    }
  }
}

void check_all(const Session& session) {
  Checks checks;
  const Config config = configuration(session);
  if (!config.diameter.tls.certificate.empty()) check_tls(checks, config.diameter.tls);
  std::optional<pg::DatabaseFacts> facts;
  check_database(checks, config, facts);
  hsm::Pkcs11Token token(config.token);
  checks.run("token", [&] {
    token.open();
    return "\"" + config.token.label + "\" open, PIN accepted";
  });
  if (facts && token.is_open()) {
    const auto store = pg::open_store(database(config));
    checks.run("kek", [&] { return check_keks(token, store->kek_checks()); });
    if (token.is_open()) checks.run("key", [&] { return check_key(token.session(0), *store, facts->some_impi); });
  }
  if (checks.failed() > 0) throw Failure(std::to_string(checks.failed()) + " checks failed");
}

}  // namespace

void add_check(CLI::App& tool, Session& session) {
  CLI::App* command =
      tool.add_subcommand("check", "Check database, schema, clock, token, KEKs, one key, and certificates");
  command->footer("Exit code 1 when any line says FAIL.");
  command->callback([&session] { session.action = [&session] { check_all(session); }; });
}

}  // namespace hss::app::cli

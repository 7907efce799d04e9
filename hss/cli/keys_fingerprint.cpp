// SPDX-License-Identifier: Apache-2.0
// Takes fingerprints with the server's token, some credentials at a time.
#include "hss/cli/keys_fingerprint.h"

#include "hsm/pkcs11_token.h"
#include "hss/cli/access.h"
#include "hss/pg/key_rows.h"
#include "hss/store_error.h"

#include <algorithm>
#include <iostream>
#include <optional>

namespace hss::app::cli {
namespace {

using Which = pg::KeyRows::Which;

class Round {
 public:
  Round(const Config& config, const FingerprintOptions& options)
      : config_(config), options_(options), rows_(database(config)), token_(config.token) {}

  [[nodiscard]] std::uint64_t count(Which which) { return rows_.count(which); }

  void go_through(Which which) {
    const std::uint64_t all = rows_.count(which);
    if (all > 0 && !token_.is_open()) open_token();
    std::int64_t after = 0;
    for (auto some = rows_.next(which, after); !some.empty(); some = rows_.next(which, after)) {
      after = some.back().id;
      write(look_at(some));
      seen_ += some.size();
      std::cerr << '\r' << seen_ << " keys" << std::flush;
    }
    if (all > 0) std::cerr << '\n';
  }

  void conclude() const {
    std::cout << "fingerprints: " << written_ << " taken, " << right_ << " right, " << wrong_ << " wrong, " << missing_
              << " missing, " << failed_ << " keys failed\n";
    if (wrong_ + missing_ + failed_ > 0) throw Failure("not every credential has the fingerprint of its key");
  }

 private:
  void open_token() {
    token_.expect(pg::open_store(database(config_))->kek_checks());
    token_.open();
  }

  std::vector<pg::Claim> look_at(std::span<const pg::KeyRow> rows) {
    std::vector<pg::Claim> claims;
    for (const pg::KeyRow& row : rows) {
      if (const auto fingerprint = fingerprint_of(row)) judge(row, *fingerprint, claims);
    }
    return claims;
  }

  // Nothing, and a line, when this one key cannot be used.
  std::optional<hsm::Fingerprint> fingerprint_of(const pg::KeyRow& row) {
    try {
      hsm::KeyReference key = *row.key;
      key.sealed.clear();  // OPc does not matter here
      return token_.session(0).fingerprint(key);
    } catch (const hsm::Error& error) {
      if (error.kind() != hsm::Kind::key) throw;
      ++failed_;
      std::cerr << '\r' << error.what() << '\n';
      return std::nullopt;
    }
  }

  void judge(const pg::KeyRow& row, const hsm::Fingerprint& fingerprint, std::vector<pg::Claim>& claims) {
    const bool has_none = row.key->fingerprint.empty();
    if (std::ranges::equal(row.key->fingerprint, fingerprint)) {
      ++right_;
    } else if (!options_.verify && (has_none || options_.all)) {
      claims.push_back({row.id, fingerprint});
    } else {
      ++(has_none ? missing_ : wrong_);
      std::cerr << "\rcredential " << row.key->owner
                << (has_none ? ": has no fingerprint\n" : ": its fingerprint is not that of its key\n");
    }
  }

  // All at once; one by one when the database refuses, so that each refusal stays its own.
  void write(std::span<const pg::Claim> claims) {
    try {
      rows_.claim(claims);
      written_ += claims.size();
    } catch (const StoreError& error) {
      if (error.failure() == StoreFailure::unavailable) throw;
      if (claims.size() > 1) {
        for (const pg::Claim& claim : claims) write(std::span(&claim, 1));
        return;
      }
      ++failed_;
      std::cerr << "\rcredential with id " << claims.front().id << ": " << error.what() << '\n';
    }
  }

  const Config& config_;
  const FingerprintOptions& options_;
  pg::KeyRows rows_;
  hsm::Pkcs11Token token_;
  std::uint64_t seen_ = 0, written_ = 0, right_ = 0, wrong_ = 0, missing_ = 0, failed_ = 0;
};

}  // namespace

// Numbers that wait for a fingerprint come first: while there are any, nobody can tell which other K is new.
void take_fingerprints(const Config& config, const FingerprintOptions& options) {
  Round round(config, options);
  if (options.all || options.verify) {
    if (!options.verify) round.go_through(Which::unclaimed);
    round.go_through(Which::all);
  } else {
    round.go_through(Which::unclaimed);
    round.go_through(Which::without_fingerprint);
  }
  round.conclude();
}

}  // namespace hss::app::cli

// SPDX-License-Identifier: Apache-2.0
// Judges every vector of an answer with the bench's own Milenage and recovers its sequence number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../lib/cx.h"
#include "../lib/json.h"
#include "../lib/keys.h"
#include "../lib/milenage.h"
#include "../lib/sqn_log.h"
#include "settings.h"

namespace bench {

struct Findings {
  std::uint64_t vectors = 0;       // seen, good or bad
  std::uint64_t bad_identity = 0;  // User-Name or Public-Identity is another subscriber's
  std::uint64_t bad_shape = 0;     // number of items, item order, scheme or a field's length
  std::uint64_t bad_mac = 0;
  std::uint64_t bad_amf = 0;  // separation bit set
  std::uint64_t bad_xres = 0;
  std::uint64_t bad_ck = 0;
  std::uint64_t bad_ik = 0;
  std::uint64_t bad_order = 0;  // SEQ does not rise within the answer, or IND changes

  [[nodiscard]] std::uint64_t faults() const;
  [[nodiscard]] JsonObject json() const;
};

// What a request asked for, to hold against its answer.
struct Asked {
  std::uint32_t subscriber;
  const std::string& impi;
  const std::string& impu;
  std::uint64_t sent_ns;
  std::uint64_t received_ns;
  std::uint16_t target;
};

class Verifier {
 public:
  explicit Verifier(const Settings& settings);  // throws std::runtime_error
  void check(const Asked& asked, const Answer& answer);
  void finish();
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  struct Sqn {
    std::uint64_t seq;
    std::uint16_t ind;
  };

  void check_shape(const Asked& asked, const Answer& answer);
  std::optional<Sqn> check_vector(const AuthItem& item, const SubscriberKeys& keys);
  [[nodiscard]] SubscriberKeys keys_of(std::uint32_t subscriber) const;

  std::string scheme_;
  std::uint64_t items_;
  std::vector<SubscriberKeys> keys_;  // empty: derived
  std::optional<SqnLogWriter> log_;
  std::uint32_t answers_ = 0;
  Milenage milenage_;
  Findings findings_;
};

}  // namespace bench

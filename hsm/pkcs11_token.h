// SPDX-License-Identifier: Apache-2.0
// A token of any PKCS#11 module, used through its sessions: libp11 loads the module, finds the slot, logs in and draws
// random octets; AES, unwrap and wrap go through the Cryptoki function list of the same module.
#pragma once

#include "hsm/kek_check.h"
#include "hsm/token.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hsm {

inline constexpr std::size_t most_sessions = 64;

struct TokenConfig {
  std::string module;                     // path of the PKCS#11 module
  std::string label;                      // token label; must match exactly one token (with serial, if given)
  std::string serial;                     // empty: any
  std::filesystem::path pin_file;         // first line is the PIN; read at every login, never kept longer than that
  bool use_final_try = false;             // try the PIN although the token says that a wrong one would lock it
  std::string kek_label = "quintet-kek";  // label of the KEK objects; CKA_ID is the KEK id as two octets, big endian
  std::string data_key_label = "quintet-opc";   // AES-256 key from which data keys are derived; CKA_ID as above
  std::string wrap_mechanism = "aes-key-wrap";  // of new keys and of the KEK's allowed mechanisms
  bool private_keys = true;                     // unwrapped keys are CKA_PRIVATE (SoftHSM then masks them in memory)
  std::size_t sessions = 1;                     // calls that may be under way at once
  std::size_t cache = 20000;                    // unwrapped keys kept (LRU), for all sessions
  std::size_t refresh_after = 100000;           // destroyed keys after which the module is re-initialised (0: never)
  std::chrono::milliseconds retry_min{200};     // back-off between attempts to open a lost token
  std::chrono::milliseconds retry_max{5000};    // also how long a lost token's cached keys are kept in use
};

class TokenState;
struct Lane;

struct TokenStatistics {  // monotonic counters but `cached`; readable from any thread
  std::uint64_t hits = 0, unwraps = 0, destroyed = 0, opened = 0, refreshed = 0, failures = 0, cached = 0;
};

// The token as one session has it; each is for one thread, keys go from one to another. Pkcs11Token makes and owns it.
class SessionToken final : public Token {
 public:
  SessionToken(TokenState& state, Lane& lane) : state_(state), lane_(lane) {}

  Key load(const KeyReference& reference) override;
  // The fingerprint of the key as it is, whatever the reference says; for the tool that takes it. Not from the cache.
  // Blocks and throws as load() does.
  Fingerprint fingerprint(const KeyReference& reference);
  HeapSecret unseal(std::uint16_t data_key_id, Bytes binding, Bytes sealed) override;
  void begin(const Key& key) override;
  void update(Bytes in, MutableBytes out) override;
  void end() noexcept override;
  void random(MutableBytes out) override;

  // Housekeeping between batches, on the thread that uses the session: refreshes the module when `refresh_after` is
  // reached, probes the health of session and token once a second and re-opens what is lost when its time has come.
  // Does not throw; a refresh takes some tenths of a second with a full cache.
  void maintain();
  // The token is open and this session cannot be had; others can. Any thread.
  [[nodiscard]] bool is_broken() const noexcept;

 private:
  TokenState& state_;
  Lane& lane_;
  std::string encrypting_;  // owner of the key between begin and end
};

// What the sessions share. They end with it; keys may outlive it.
class Pkcs11Token {
 public:
  // Does not touch the module yet. Throws Error{config} when a value is impossible.
  explicit Pkcs11Token(TokenConfig config);
  ~Pkcs11Token();

  // Opens now if closed and if the back-off allows it, on the thread of session 0; throws Error (kind tells why)
  // otherwise. All Token calls do the same implicitly. With checks, every KEK is proved against its KekCheck after each
  // opening; a mismatch is Error{config}.
  void open();
  void expect(std::vector<KekCheck> checks);
  // Logs out, finalises; every Key is void afterwards. Waits for calls that are under way.
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept;

  // By number, below TokenConfig::sessions.
  [[nodiscard]] SessionToken& session(std::size_t number);

  [[nodiscard]] TokenStatistics statistics() const noexcept;

 private:
  std::unique_ptr<TokenState> state_;
  std::vector<SessionToken> sessions_;
};

}  // namespace hsm

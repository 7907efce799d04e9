// The state behind Pkcs11Token: what is open, what is cached, what failed and when to try again.
#pragma once

#include "hsm/back_off.h"
#include "hsm/key_cache.h"
#include "hsm/open_token.h"
#include "hsm/pin_file.h"
#include "hsm/pkcs11_token.h"

#include <optional>

namespace hsm {

class Pkcs11Token::State {
 public:
  explicit State(TokenConfig config);  // throws Error{config}

  OpenToken& opened();
  void expect(std::vector<KekCheck> checks);
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return is_open_.load(); }
  void maintain();
  Key load(const KeyReference& reference);
  Fingerprint fingerprint(const KeyReference& reference);
  HeapSecret unseal(KeyId data_key_id, Bytes binding, Bytes sealed);
  void begin(const Key& key);
  void update(Bytes in, MutableBytes out);
  void end() noexcept;
  void random(MutableBytes out);
  [[nodiscard]] TokenStatistics statistics() const noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Remedy : bool { none, repeat };

  void open_now();
  void open_with(const HeapSecret& pin);
  [[noreturn]] void failed_to_open(const Error& error);
  [[noreturn]] void postpone() const;
  void prove_keks();
  void reopen();
  void refresh();
  void lose(std::string_view why);
  void end_loss();
  Remedy recover(const Error& error);
  template <typename Call>
  auto twice(Call call);
  Remedy renew_session();
  Remedy find_kek_again(const Error& error);
  Key keep(const KeyReference& reference, Key key);
  void drop(const std::string& owner);

  TokenConfig config_;
  std::vector<KekCheck> checks_;
  std::shared_ptr<TokenCounters> counters_ = std::make_shared<TokenCounters>();
  std::atomic<bool> is_open_{false};
  std::unique_ptr<OpenToken> token_;
  KeyCache cache_;
  std::string encrypting_;  // owner of the key between begin and end
  bool has_begun_ = false;
  bool was_open_ = false;  // once: from then on everything that fails at opening may heal
  bool is_lost_ = false;   // the token is gone, the unwrapped keys still work
  PinGate gate_;
  BackOff opening_, loss_;
  std::optional<Error> why_closed_;
  Clock::time_point opened_at_, lost_at_, probed_;
};

}  // namespace hsm

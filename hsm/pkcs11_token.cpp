// Keeps a token in service: opens it, caches keys, and decides after each failure what is replaced and when to retry.
#include "hsm/pkcs11_token.h"

#include "hsm/back_off.h"
#include "hsm/cryptoki_error.h"
#include "hsm/key_cache.h"
#include "hsm/open_token.h"
#include "hsm/pin_file.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <optional>

namespace hsm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds between_probes{1};

TokenConfig validated(TokenConfig config) {
  const auto refuse = [](const std::string& why) { throw Error(Kind::config, "", 0, why); };
  if (config.module.empty()) refuse("no PKCS#11 module is configured");
  if (config.label.empty()) refuse("no token label is configured");
  if (config.pin_file.empty()) refuse("no PIN file is configured");
  if (config.retry_min.count() <= 0 || config.retry_max < config.retry_min) {
    refuse("the token's retry delays must be above zero, the longest not below the shortest");
  }
  wrap_mechanism(config.wrap_mechanism);
  return config;
}

// What the KEK's own handle being gone, or a general error from a token that is not there, looks like.
bool may_be_loss(const Error& error) {
  if (error.call() != "C_UnwrapKey") return false;
  return is_handle_invalid(error.rv()) || error.rv() == CKR_GENERAL_ERROR || error.rv() == CKR_FUNCTION_FAILED;
}

}  // namespace

class Pkcs11Token::State {
 public:
  explicit State(TokenConfig config)
      : config_(validated(std::move(config))),
        cache_(config_.cache),
        opening_(config_.retry_min, config_.retry_max),
        loss_(config_.retry_min, config_.retry_max) {}

  OpenToken& opened();
  void expect(std::vector<KekCheck> checks);
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return is_open_.load(); }
  void maintain();
  Key load(const KeyReference& reference);
  void begin(const Key& key);
  void update(Bytes in, MutableBytes out);
  void end() noexcept;
  void random(MutableBytes out);
  [[nodiscard]] TokenStatistics statistics() const noexcept;

 private:
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

OpenToken& Pkcs11Token::State::opened() {
  if (token_ == nullptr) open_now();
  return *token_;
}

void Pkcs11Token::State::postpone() const {
  throw Error(why_closed_->kind(), why_closed_->call(), why_closed_->rv(),
              fmt::format("token \"{}\" is closed: {}", config_.label, why_closed_->what()));
}

void Pkcs11Token::State::open_now() {
  if (why_closed_ && (!opening_.is_due() || !gate_.may_try(config_.pin_file))) postpone();
  try {
    open_with(read_pin(config_.pin_file));
  } catch (const Error& error) {
    if (error.kind() == Kind::pin && error.rv() == CKR_OK) gate_.unreadable(config_.pin_file);
    failed_to_open(error);
  }
}

void Pkcs11Token::State::open_with(const HeapSecret& pin) {
  const auto begun = Clock::now();
  const auto leftover = was_open_ ? Module::Leftover::finalise : Module::Leftover::refuse;
  try {
    token_ = std::make_unique<OpenToken>(config_, pin, leftover, counters_);
  } catch (const Error& error) {
    if (error.kind() == Kind::pin) gate_.refused(config_.pin_file, pin);
    throw;
  }
  prove_keks();
  opening_.succeeded();
  why_closed_.reset();
  was_open_ = true;
  is_lost_ = false;
  loss_.succeeded();
  is_open_ = true;
  opened_at_ = probed_ = Clock::now();
  counters_->opened.fetch_add(1, std::memory_order_relaxed);
  spdlog::info("token_opened label=\"{}\" keks={} ms={}", config_.label, token_->kek_count(),
               std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count());
}

void Pkcs11Token::State::failed_to_open(const Error& error) {
  close();
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  const Kind kind =
      error.kind() == Kind::pin || (error.kind() == Kind::config && !was_open_) ? error.kind() : Kind::device;
  if (kind != Kind::pin) opening_.failed();  // a PIN is not waited for by the clock
  const bool is_news = !why_closed_ || std::string_view(why_closed_->what()) != error.what();
  why_closed_.emplace(kind, error.call(), error.rv(), error.what());
  spdlog::log(is_news ? spdlog::level::err : spdlog::level::debug,
              "token_open_failed label=\"{}\" kind={} error=\"{}\" retry={}", config_.label, name(kind), error.what(),
              kind == Kind::pin ? "when the PIN file changes" : fmt::format("{}ms", opening_.left().count()));
  throw Error(*why_closed_);
}

void Pkcs11Token::State::prove_keks() {
  for (const KekCheck& check : checks_) token_->prove(check);
}

void Pkcs11Token::State::expect(std::vector<KekCheck> checks) {
  checks_ = std::move(checks);
  if (token_ == nullptr) return;
  try {
    prove_keks();
  } catch (const Error& error) {
    failed_to_open(error);
  }
}

void Pkcs11Token::State::close() noexcept {
  end();
  is_open_ = false;
  token_.reset();  // voids every key
  cache_.clear();
  counters_->cached = 0;
}

void Pkcs11Token::State::reopen() {
  close();
  opening_.succeeded();  // the failure that led here is the first: try at once, back off only if that fails
  open_now();
}

void Pkcs11Token::State::refresh() {
  spdlog::info("token_refresh label=\"{}\" destroyed={}", config_.label, token_->destroyed());
  reopen();
  counters_->refreshed.fetch_add(1, std::memory_order_relaxed);
}

void Pkcs11Token::State::lose(std::string_view why) {
  if (!is_lost_) {
    spdlog::error("token_lost label=\"{}\" cached={} error=\"{}\"", config_.label, cache_.size(), why);
    lost_at_ = Clock::now();
  }
  is_lost_ = true;
  loss_.failed();
}

// While the token is lost only cached keys are served; this looks, as often as the back-off allows, whether it is back.
// Some modules never notice that it is, so before long it is opened anew, at the price of the keys that still worked.
void Pkcs11Token::State::end_loss() {
  if (!is_lost_) return;
  const bool is_given_up = Clock::now() - lost_at_ >= config_.retry_max;
  if (loss_.is_due() && (is_given_up || token_->is_healthy())) return reopen();
  if (loss_.is_due()) loss_.failed();
  throw Error(Kind::device, "C_GetTokenInfo", 0,
              fmt::format("token \"{}\" is lost; only keys in use before can be served", config_.label));
}

Pkcs11Token::State::Remedy Pkcs11Token::State::renew_session() {
  if (token_->replace_operation_session()) return Remedy::repeat;
  spdlog::warn("token_sessions_lost label=\"{}\"", config_.label);
  reopen();
  return Remedy::repeat;
}

// The token is well and yet its KEK is gone. Opening anew helps, unless that has just been done.
Pkcs11Token::State::Remedy Pkcs11Token::State::find_kek_again(const Error& error) {
  if (Clock::now() - opened_at_ >= config_.retry_min) {
    reopen();
    return Remedy::repeat;
  }
  lose(error.what());
  return Remedy::none;
}

// Puts things in order after a failure on an open token. Throws only if the token cannot be opened again.
Pkcs11Token::State::Remedy Pkcs11Token::State::recover(const Error& error) {
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  if (token_ == nullptr) return Remedy::none;
  if (may_be_loss(error)) {
    if (!token_->is_healthy()) {
      lose(error.what());
      throw Error(Kind::device, error.call(), error.rv(), error.what());
    }
    if (!is_handle_invalid(error.rv())) return Remedy::none;  // the token is well: it is the blob
    return find_kek_again(error);
  }
  if (error.kind() == Kind::session) return renew_session();
  if (error.kind() == Kind::stale) return Remedy::repeat;
  if (error.kind() != Kind::device) return Remedy::none;
  close();
  opening_.failed();
  why_closed_.emplace(error);
  spdlog::error("token_closed label=\"{}\" error=\"{}\" retry={}ms", config_.label, error.what(),
                opening_.left().count());
  return Remedy::none;
}

Key Pkcs11Token::State::load(const KeyReference& reference) {
  for (bool is_second = false;; is_second = true) {
    opened();
    if (Key known = cache_.find(reference)) {
      counters_->hits.fetch_add(1, std::memory_order_relaxed);
      return known;
    }
    end_loss();
    try {
      return keep(reference, opened().load(reference));
    } catch (const Error& error) {
      if (recover(error) == Remedy::none || is_second) throw;
    }
  }
}

Key Pkcs11Token::State::keep(const KeyReference& reference, Key key) {
  cache_.keep(reference, key);
  counters_->cached = cache_.size();
  return key;
}

void Pkcs11Token::State::drop(const std::string& owner) {
  cache_.drop(owner);
  counters_->cached = cache_.size();
}

void Pkcs11Token::State::begin(const Key& key) {
  const auto& token_key = static_cast<const TokenKey&>(*key);  // the only kind this token hands out
  try {
    opened().begin(token_key);
    encrypting_ = token_key.owner();
    has_begun_ = true;
  } catch (const Error& error) {
    if (error.kind() == Kind::stale) drop(token_key.owner());
    recover(error);
    throw;
  }
}

void Pkcs11Token::State::update(Bytes in, MutableBytes out) {
  if (!has_begun_) throw Error(Kind::stale, "", 0, "encryption goes on after the token was closed");
  try {
    token_->update(in, out);
  } catch (const Error& error) {
    has_begun_ = false;
    if (error.kind() == Kind::stale) drop(encrypting_);
    recover(error);
    if (token_ != nullptr && error.kind() != Kind::session) renew_session();  // the operation is still active in it
    throw;
  }
}

void Pkcs11Token::State::end() noexcept {
  if (!has_begun_) return;
  has_begun_ = false;
  if (token_->end()) return;
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  try {
    renew_session();
  } catch (const Error&) {  // logged where it was closed; the next call tells the caller
  }
}

void Pkcs11Token::State::random(MutableBytes out) {
  for (bool is_second = false;; is_second = true) {
    try {
      return opened().random(out);
    } catch (const Error& error) {
      if (recover(error) == Remedy::none || is_second) throw;
    }
  }
}

void Pkcs11Token::State::maintain() {
  try {
    OpenToken& token = opened();
    end_loss();
    if (config_.refresh_after > 0 && token.destroyed() >= config_.refresh_after) return refresh();
    if (Clock::now() - probed_ < between_probes) return;
    probed_ = Clock::now();
    if (!token.is_logged_in()) {
      renew_session();
    } else if (!token.is_healthy()) {
      lose("C_GetTokenInfo fails");
    }
  } catch (const Error&) {  // logged where it happened; every call that needs the token says so itself
  }
}

TokenStatistics Pkcs11Token::State::statistics() const noexcept {
  return {counters_->hits,      counters_->unwraps,  counters_->destroyed, counters_->opened,
          counters_->refreshed, counters_->failures, counters_->cached};
}

Pkcs11Token::Pkcs11Token(TokenConfig config) : state_(std::make_unique<State>(std::move(config))) {}
Pkcs11Token::~Pkcs11Token() { state_->close(); }
void Pkcs11Token::open() { state_->opened(); }
void Pkcs11Token::expect(std::vector<KekCheck> checks) { state_->expect(std::move(checks)); }
void Pkcs11Token::close() noexcept { state_->close(); }
bool Pkcs11Token::is_open() const noexcept { return state_->is_open(); }
void Pkcs11Token::maintain() { state_->maintain(); }
Key Pkcs11Token::load(const KeyReference& reference) { return state_->load(reference); }
void Pkcs11Token::begin(const Key& key) { state_->begin(key); }
void Pkcs11Token::update(Bytes in, MutableBytes out) { state_->update(in, out); }
void Pkcs11Token::end() noexcept { state_->end(); }
void Pkcs11Token::random(MutableBytes out) { state_->random(out); }
TokenStatistics Pkcs11Token::statistics() const noexcept { return state_->statistics(); }

}  // namespace hsm

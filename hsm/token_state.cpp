// Opens the token, and decides after each failure what is replaced and when to retry.
#include "hsm/token_state.h"

#include "hsm/cryptoki_error.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

namespace hsm {
namespace {

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

// A PIN that was refused is tried again only when its file changes; one that was not tried may be looked at again.
bool waits_for_file(const Error& error) { return error.kind() == Kind::pin && error.call() != "C_GetTokenInfo"; }

}  // namespace

Pkcs11Token::State::State(TokenConfig config)
    : config_(validated(std::move(config))),
      cache_(config_.cache),
      opening_(config_.retry_min, config_.retry_max),
      loss_(config_.retry_min, config_.retry_max) {}

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
    if (waits_for_file(error) && error.rv() == CKR_OK) gate_.unreadable(config_.pin_file);
    failed_to_open(error);
  }
}

void Pkcs11Token::State::open_with(const HeapSecret& pin) {
  const auto begun = Clock::now();
  const auto leftover = was_open_ ? Module::Leftover::finalise : Module::Leftover::refuse;
  try {
    token_ = std::make_unique<OpenToken>(config_, pin, leftover, counters_);
  } catch (const Error& error) {
    if (waits_for_file(error)) gate_.refused(config_.pin_file, pin);
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
  const bool waits = waits_for_file(error);
  if (!waits) opening_.failed();
  const bool is_news = !why_closed_ || std::string_view(why_closed_->what()) != error.what();
  why_closed_.emplace(kind, error.call(), error.rv(), error.what());
  spdlog::log(
      is_news ? spdlog::level::err : spdlog::level::debug,
      "token_open_failed label=\"{}\" kind={} error=\"{}\" retry={}", config_.label, name(kind), error.what(),
      waits ? fmt::format("when {} changes", config_.pin_file.string()) : fmt::format("{}ms", opening_.left().count()));
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

void Pkcs11Token::State::maintain() {
  try {
    opened();
    end_loss();
    if (config_.refresh_after > 0 && token_->destroyed() >= config_.refresh_after) return refresh();
    if (Clock::now() - probed_ < between_probes) return;
    probed_ = Clock::now();
    if (!token_->is_logged_in()) {
      renew_session();
    } else if (!token_->is_healthy()) {
      lose("C_GetTokenInfo fails");
    }
  } catch (const Error&) {  // logged where it happened; every call that needs the token says so itself
  }
}

}  // namespace hsm

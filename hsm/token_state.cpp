// SPDX-License-Identifier: Apache-2.0
// Opens the token, and decides after each failure what is replaced and when to retry.
#include "hsm/token_state.h"

#include "hsm/base/log.h"
#include "hsm/cryptoki_error.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>

namespace hsm {
namespace {

constexpr std::chrono::seconds between_probes{1};
constexpr std::chrono::milliseconds patience{
    1000};  // with calls of other sessions, when the token is to be opened again

TokenConfig validated(TokenConfig config) {
  const auto refuse = [](const std::string& why) { throw Error(Kind::config, "", 0, why); };
  if (config.module.empty()) refuse("no PKCS#11 module is configured");
  if (config.label.empty()) refuse("no token label is configured");
  if (config.pin_file.empty()) refuse("no PIN file is configured");
  if (config.retry_min.count() <= 0 || config.retry_max < config.retry_min) {
    refuse("the token's retry delays must be above zero, the longest not below the shortest");
  }
  if (config.sessions < 1 || config.sessions > most_sessions) refuse("the token's sessions must be 1 to 64");
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

class TokenState::Alone {
 public:
  // Throws Error{device} when a call does not come back; that is not waited for again before it is time.
  explicit Alone(TokenState& state) : gate_(state.gate_) {
    const bool may_wait = [&] {
      const std::lock_guard lock(state.mutex_);
      return state.shutting_.is_due();
    }();
    const bool is_shut = may_wait && gate_.shut(patience);
    if (may_wait) {
      const std::lock_guard lock(state.mutex_);
      is_shut ? state.shutting_.succeeded() : state.shutting_.failed();
    }
    if (is_shut) return;
    throw Error(Kind::device, "", 0,
                fmt::format("token \"{}\" cannot be opened again: a call of another session does not come back",
                            state.config_.label));
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;
  ~Alone() { gate_.open(); }

 private:
  CallGate& gate_;
};

TokenState::TokenState(TokenConfig config)
    : config_(validated(std::move(config))),
      retry_(config_.retry_min, config_.retry_max),
      cache_(config_.cache),
      loss_(config_.retry_min, config_.retry_max),
      shutting_(config_.retry_min, config_.retry_max) {
  for (std::size_t i = 0; i < config_.sessions; ++i) lanes_.push_back(std::make_unique<Lane>());
}

// Inside the gate with an open token and a session.
void TokenState::enter(Lane& lane) {
  lane.opening = 0;
  gate_.enter();
  while (token_ == nullptr) {
    gate_.leave();
    open(lane);
    gate_.enter();
  }
  lane.opening = opening_;
  try {
    equip(lane);
  } catch (...) {
    gate_.leave();
    throw;
  }
}

void TokenState::equip(Lane& lane) {
  try {
    if (lane.session) {
      lane.session->mend();
    } else {
      lane.session = std::make_unique<TokenSession>(*token_);
    }
    lane.is_broken = false;
  } catch (const Error&) {
    lane.is_broken = true;
    throw;
  }
}

void TokenState::open(Lane& lane) {
  const Alone alone(*this);
  if (token_ == nullptr) open_now(lane);
}

void TokenState::postpone() const {
  throw Error(why_closed_->kind(), why_closed_->call(), why_closed_->rv(),
              fmt::format("token \"{}\" is closed: {}", config_.label, why_closed_->what()));
}

void TokenState::open_now(Lane& lane) {
  if (why_closed_ && (!retry_.is_due() || !pins_.may_try(config_.pin_file))) postpone();
  try {
    open_with(lane, read_pin(config_.pin_file));
  } catch (const Error& error) {
    if (waits_for_file(error) && error.rv() == CKR_OK) pins_.unreadable(config_.pin_file);
    failed_to_open(error);
  }
}

void TokenState::open_with(Lane& lane, const HeapSecret& pin) {
  const auto begun = Clock::now();
  const auto leftover = was_open_ ? Module::Leftover::finalise : Module::Leftover::refuse;
  try {
    token_ = std::make_unique<OpenToken>(config_, pin, leftover, counters_);
  } catch (const Error& error) {
    if (waits_for_file(error)) pins_.refused(config_.pin_file, pin);
    throw;
  }
  equip(lane);
  prove_keks(lane);
  retry_.succeeded();
  why_closed_.reset();
  was_open_ = true;
  destroyed_before_ = counters_->destroyed.load();
  ++opening_;
  {
    const std::lock_guard lock(mutex_);
    is_lost_ = false;
    loss_.succeeded();
    opened_at_ = Clock::now();
  }
  is_open_ = true;
  counters_->opened.fetch_add(1, std::memory_order_relaxed);
  base::log(base::event("token_opened"), config_.label, "label=\"{}\" keks={} ms={}", config_.label,
            token_->contents()->keks.size(),
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count());
}

void TokenState::failed_to_open(const Error& error) {
  shut_down();
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  const Kind kind =
      error.kind() == Kind::pin || (error.kind() == Kind::config && !was_open_) ? error.kind() : Kind::device;
  const bool waits = waits_for_file(error);
  if (!waits) retry_.failed();
  const bool is_news = !why_closed_ || std::string_view(why_closed_->what()) != error.what();
  why_closed_.emplace(kind, error.call(), error.rv(), error.what());
  base::log_at(
      is_news ? base::level_enum::err : base::level_enum::debug, base::event("token_open_failed"), error.what(),
      "label=\"{}\" kind={} error=\"{}\" retry={}", config_.label, name(kind), error.what(),
      waits ? fmt::format("when {} changes", config_.pin_file.string()) : fmt::format("{}ms", retry_.left().count()));
  throw Error(*why_closed_);
}

void TokenState::prove_keks(Lane& lane) {
  for (const KekCheck& check : checks_) lane.session->prove(check);
}

void TokenState::expect(std::vector<KekCheck> checks) {
  const Alone alone(*this);
  checks_ = std::move(checks);
  if (token_ == nullptr) return;
  try {
    equip(*lanes_.front());
    prove_keks(*lanes_.front());
  } catch (const Error& error) {
    failed_to_open(error);
  }
}

// Voids every key.
void TokenState::shut_down() noexcept {
  is_open_ = false;
  if (token_) ++opening_;
  for (const auto& lane : lanes_) {
    if (lane->session) lane->session->abandon();
    lane->session.reset();
    lane->is_broken = false;
  }
  token_.reset();
  const std::lock_guard lock(mutex_);
  cache_.clear();
  counters_->cached = 0;
}

void TokenState::close() noexcept {
  while (!gate_.shut(patience)) {
  }
  shut_down();
  gate_.open();
}

void TokenState::reopen(Lane& lane) {
  const Alone alone(*this);
  if (!is_as_it_was(lane)) return;  // another lane was faster
  shut_down();
  retry_.succeeded();  // the failure that led here is the first: try at once, back off only if that fails
  open_now(lane);
}

void TokenState::lose(std::string_view why) {
  const std::lock_guard lock(mutex_);
  if (!is_lost_) {
    base::log(base::event("token_lost"), config_.label, "label=\"{}\" cached={} error=\"{}\"", config_.label,
              cache_.size(), why);
    lost_at_ = Clock::now();
  }
  is_lost_ = true;
  loss_.failed();
}

// While the token is lost only cached keys are served; this looks, as often as the back-off allows, whether it is back.
// Some modules never notice that it is, so before long it is opened again, at the price of the keys that still worked.
void TokenState::end_loss(Lane& lane) {
  if (!is_lost_) return;
  bool is_due = false;
  bool is_given_up = false;
  {
    const std::lock_guard lock(mutex_);
    is_due = loss_.is_due();
    if (is_due) loss_.failed();
    is_given_up = Clock::now() - lost_at_ >= config_.retry_max;
  }
  lane.opening = opening_;
  if (is_due && (is_given_up || is_healthy(lane))) return reopen(lane);
  throw Error(Kind::device, "C_GetTokenInfo", 0,
              fmt::format("token \"{}\" is lost; only keys in use before can be served", config_.label));
}

bool TokenState::is_healthy(Lane& lane) {
  gate_.enter();
  const Stay stay(gate_, lane);
  return token_ != nullptr && token_->is_healthy();
}

// A lane that gets no session has lost its own. Any other failure means that the login is gone.
TokenState::Remedy TokenState::renew_session(Lane& lane) {
  try {
    const bool is_logged_in = within(lane, [](TokenSession& session) {
      session.discard();
      session.mend();
      return session.is_logged_in();
    });
    if (is_logged_in) return Remedy::repeat;
  } catch (const Error& error) {
    if (lane.opening == 0) throw;
    if (error.rv() == CKR_SESSION_COUNT && lanes_.size() > 1) {
      lane.is_broken = true;
      return Remedy::none;
    }
  }
  if (is_as_it_was(lane)) base::log(base::event("token_sessions_lost"), config_.label, "label=\"{}\"", config_.label);
  reopen(lane);
  return Remedy::repeat;
}

// The token is well and yet its KEK is gone. Opening it again helps, unless that has just been done.
TokenState::Remedy TokenState::find_kek_again(Lane& lane, const Error& error) {
  const bool is_old = [&] {
    const std::lock_guard lock(mutex_);
    return Clock::now() - opened_at_ >= config_.retry_min;
  }();
  if (is_old) {
    reopen(lane);
    return Remedy::repeat;
  }
  lose(error.what());
  return Remedy::none;
}

TokenState::Remedy TokenState::give_up(const Lane& lane, const Error& error) {
  const Alone alone(*this);
  if (!is_as_it_was(lane)) return Remedy::repeat;
  shut_down();
  retry_.failed();
  why_closed_.emplace(error);
  base::log(base::event("token_closed"), config_.label, "label=\"{}\" error=\"{}\" retry={}ms", config_.label,
            error.what(), retry_.left().count());
  return Remedy::none;
}

TokenState::Remedy TokenState::recover(Lane& lane, const Error& error) {
  if (lane.opening == 0) return Remedy::none;  // it could not be opened
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  if (!is_as_it_was(lane)) return Remedy::repeat;  // another lane has put things in order
  if (may_be_loss(error)) {
    if (!is_healthy(lane)) {
      lose(error.what());
      throw Error(Kind::device, error.call(), error.rv(), error.what());
    }
    if (!is_handle_invalid(error.rv())) return Remedy::none;  // the token is well: it is the blob
    return find_kek_again(lane, error);
  }
  if (error.kind() == Kind::session) return renew_session(lane);
  if (error.kind() == Kind::stale) return Remedy::repeat;
  if (error.kind() != Kind::device) return Remedy::none;
  if (error.rv() == CKR_SESSION_COUNT && lanes_.size() > 1) return Remedy::none;  // the other lanes have theirs
  return give_up(lane, error);
}

void TokenState::probe(Lane& lane) {
  if (Clock::now() - lane.probed < between_probes) return;
  lane.probed = Clock::now();
  const bool is_logged_in = within(lane, [](TokenSession& session) { return session.is_logged_in(); });
  if (!is_logged_in) renew_session(lane);
}

void TokenState::keep_house(Lane& lane) {
  end_loss(lane);
  const auto destroyed = counters_->destroyed - destroyed_before_;
  if (config_.refresh_after > 0 && destroyed >= config_.refresh_after) {
    base::log(base::event("token_refresh"), config_.label, "label=\"{}\" destroyed={}", config_.label, destroyed);
    reopen(lane);
    counters_->refreshed.fetch_add(1, std::memory_order_relaxed);
  }
  if (Clock::now() - probed_ < between_probes) return;
  probed_ = Clock::now();
  if (!is_healthy(lane)) lose("C_GetTokenInfo fails");
}

void TokenState::maintain(Lane& lane) {
  try {
    within(lane, [](TokenSession& /*session*/) {});
    if (!is_lost_) probe(lane);
    const std::unique_lock alone(housekeeping_, std::try_to_lock);
    if (alone) keep_house(lane);
  } catch (const Error&) {  // logged where it happened; every call that needs the token says so itself
  }
}

Key TokenState::find(const KeyReference& reference) {
  const std::lock_guard lock(mutex_);
  Key known = cache_.find(reference);
  if (!known) return nullptr;
  if (static_cast<const TokenKey&>(*known).is_alive()) return known;  // the only kind this token hands out
  cache_.drop(reference.owner);
  return nullptr;
}

Key TokenState::keep(const KeyReference& reference, Key key) {
  const std::lock_guard lock(mutex_);
  cache_.keep(reference, key);
  counters_->cached = cache_.size();
  return key;
}

void TokenState::drop(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  cache_.drop(owner);
  counters_->cached = cache_.size();
}

}  // namespace hsm

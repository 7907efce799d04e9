// SPDX-License-Identifier: Apache-2.0
// The state behind Pkcs11Token, shared by its sessions: what is open, what is cached, what failed and when to try
// again.
#pragma once

#include "hsm/base/back_off.h"
#include "hsm/call_gate.h"
#include "hsm/key_cache.h"
#include "hsm/open_token.h"
#include "hsm/pin_file.h"
#include "hsm/pkcs11_token.h"
#include "hsm/token_session.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

namespace hsm {

// One thread's way into the token. Others touch it only while the gate is shut.
struct Lane {
  std::unique_ptr<TokenSession> session;
  std::uint64_t opening = 0;           // which opening of the token its last call met; 0: none
  std::atomic<bool> is_broken{false};  // the token is open and gives this lane no session
  std::chrono::steady_clock::time_point probed;
};

// Every call on the token is made inside the gate. Opening and closing shuts it, since C_Finalize must meet no call: a
// call that hangs keeps the others from that, and from nothing else.
class TokenState {
 public:
  explicit TokenState(TokenConfig config);  // throws Error{config}
  enum class Remedy : bool { none, repeat };

  [[nodiscard]] Lane& lane(std::size_t index) { return *lanes_.at(index); }
  [[nodiscard]] TokenCounters& counters() noexcept { return *counters_; }
  [[nodiscard]] bool is_open() const noexcept { return is_open_.load(); }
  void expect(std::vector<KekCheck> checks);
  void close() noexcept;
  void maintain(Lane& lane);

  // Opens what is closed, and gives `call` the lane's session.
  template <typename Call>
  auto within(Lane& lane, const Call& call) {
    enter(lane);
    const Stay stay(gate_, lane);
    return call(*lane.session);
  }
  // The same where there is a session; true where there is none.
  template <typename Call>
  bool if_open(Lane& lane, const Call& call) {
    gate_.enter();
    const Stay stay(gate_, lane);
    return !lane.session || call(*lane.session);
  }
  // Once more after a failure that could be mended.
  template <typename Call>
  auto twice(Lane& lane, const Call& call) {
    for (bool is_second = false;; is_second = true) {
      try {
        return within(lane, call);
      } catch (const Error& error) {
        if (recover(lane, error) == Remedy::none || is_second) throw;
      }
    }
  }

  // Puts things in order after a failure. Throws only if the token cannot be opened again.
  Remedy recover(Lane& lane, const Error& error);
  Remedy renew_session(Lane& lane);
  // Throws while the token is lost and cannot be opened again.
  void end_loss(Lane& lane);
  [[nodiscard]] bool is_as_it_was(const Lane& lane) const noexcept { return lane.opening == opening_.load(); }

  Key find(const KeyReference& reference);
  Key keep(const KeyReference& reference, Key key);
  void drop(const std::string& owner);

 private:
  using Clock = std::chrono::steady_clock;
  // Inside the gate; keys that nobody uses any more go at its end.
  class Stay {
   public:
    Stay(CallGate& gate, Lane& lane) : gate_(gate), lane_(lane) {}
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay() {
      if (lane_.session) lane_.session->destroy_buried();
      gate_.leave();
    }

   private:
    CallGate& gate_;
    Lane& lane_;
  };
  class Alone;  // the gate is shut

  void enter(Lane& lane);
  void equip(Lane& lane);
  void open(Lane& lane);
  void open_now(Lane& lane);
  void open_with(Lane& lane, const HeapSecret& pin);
  [[noreturn]] void failed_to_open(const Error& error);
  [[noreturn]] void postpone() const;
  void prove_keks(Lane& lane);
  void shut_down() noexcept;
  void reopen(Lane& lane);
  void keep_house(Lane& lane);
  void probe(Lane& lane);
  void lose(std::string_view why);
  [[nodiscard]] bool is_healthy(Lane& lane);
  Remedy give_up(const Lane& lane, const Error& error);
  Remedy find_kek_again(Lane& lane, const Error& error);

  TokenConfig config_;
  std::shared_ptr<TokenCounters> counters_ = std::make_shared<TokenCounters>();
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<bool> is_open_{false};
  std::atomic<std::uint64_t> opening_{0};  // counts openings and closings
  std::atomic<bool> is_lost_{false};       // the token is gone, the unwrapped keys still work

  CallGate gate_;  // shut while these change
  std::vector<KekCheck> checks_;
  std::unique_ptr<OpenToken> token_;
  bool was_open_ = false;  // once: from then on everything that fails at opening may heal
  PinGate pins_;
  base::BackOff retry_;
  std::optional<Error> why_closed_;
  std::atomic<std::uint64_t> destroyed_before_{0};  // keys, in earlier openings

  std::mutex mutex_;
  KeyCache cache_;
  base::BackOff loss_, shutting_;
  Clock::time_point opened_at_, lost_at_;

  std::mutex housekeeping_;  // held by the lane that looks after the token as a whole
  Clock::time_point probed_;
};

}  // namespace hsm

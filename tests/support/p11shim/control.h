// SPDX-License-Identifier: Apache-2.0
// The orders of a fault test: a text file that is read again whenever it changes.
//
//   block C_EncryptUpdate                    calls wait until the line is gone
//   block C_Encrypt count=1                  so many calls wait until the file changes, the others pass
//   delay C_EncryptInit 500us                each call first sleeps so long (us, ms, s)
//   fail C_EncryptInit 0xB3 count=3 skip=10  calls 11 to 13 return that value and do nothing (count and skip optional)
//   alter C_UnwrapKey 0x103 0                that flag gets that value in the call's template, or "drop" removes it;
//                                            of C_GetAttributeValue: in the answer; of C_GetTokenInfo: that bit of
//                                            the token's flags
//   close-session C_Encrypt count=2          before so many calls the session they are to be made in is closed
//   invalidate-sessions once                 before the next call all sessions of all slots are closed
//   count /tmp/counts                        calls are counted from now on; when the file changes, function and number
//                                            of calls are written there, one a line
//
// A function may be *. Counting starts anew when the file changes. Lines with # are comments.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace p11shim {

class Control {
 public:
  explicit Control(std::string file) : file_(std::move(file)) {}

  // Waits as ordered; the value to return instead of calling, or nothing.
  std::optional<unsigned long> before(std::string_view function);
  struct Change {
    unsigned long type;
    std::optional<unsigned char> value;  // nothing: drop
  };
  std::vector<Change> changes(std::string_view function);
  // True once for each order to invalidate the sessions.
  bool must_invalidate();
  // The session of this call is to be closed first.
  bool must_close_session(std::string_view function);

 private:
  enum class Action { block, delay, fail, alter, close_session };
  struct Rule {
    Action action = Action::block;
    std::string function{};
    std::chrono::microseconds delay{0};
    unsigned long rv = 0;
    std::uint64_t skip = 0;
    std::optional<std::uint64_t> left{};  // nothing: for ever
    Change change{0, {}};
    bool spend();  // one time of those that are left; false: there is none
  };
  struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  void reload_if_changed();
  void take_line(const std::string& line);
  void write_counts();
  // Which orders the call is to wait out: those of now, or none.
  std::optional<Stamp> blocking(std::string_view function);
  bool is_still(const Stamp& stamp);

  std::string file_;
  std::mutex mutex_;
  Stamp stamp_;
  std::vector<Rule> rules_;
  bool invalidate_ = false;
  std::string counts_file_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace p11shim

// SPDX-License-Identifier: Apache-2.0
// Owner of a freeDiameter message, typed reading of received AVPs and writing of new ones.
#pragma once

#include "diameter_ext/dictionary/avps.h"
#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/fd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace diameter_ext {

struct FreeMessage {
  void operator()(msg* message) const noexcept { fd_msg_free(message); }
};
using Message = std::unique_ptr<msg, FreeMessage>;

// One received AVP; a view, valid as long as its message.
struct ReceivedAvp {
  AvpHandle* handle = nullptr;
  const avp_hdr* header = nullptr;
  Avp which = unknown_avp;

  [[nodiscard]] bool is_mandatory() const noexcept { return (header->avp_flags & AVP_FLAG_MANDATORY) != 0; }
  [[nodiscard]] bool is_group() const noexcept { return which != unknown_avp && row_of(which).type == Type::grouped; }
  // Content as the table types it; nothing when the AVP is of another type or was not understood.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> octets() const;
  [[nodiscard]] std::optional<std::uint32_t> u32() const;
  [[nodiscard]] std::optional<std::int32_t> i32() const;
  // Content that is well-formed UTF-8 without NUL and not empty.
  [[nodiscard]] std::optional<std::string_view> text() const;
};

// What the table has for an AVP that the library holds. Throws FdError.
ReceivedAvp received(AvpHandle* handle);

// Calls `visit` (const ReceivedAvp&) -> bool for the children of a message or a grouped AVP, in order, until it says
// true. Throws FdError.
template <typename Visit>
void visit_children(msg_or_avp* parent, const Visit& visit) {
  msg_or_avp* child = nullptr;
  check(fd_msg_browse_internal(parent, MSG_BRW_FIRST_CHILD, &child, nullptr), "fd_msg_browse");
  while (child != nullptr && !visit(received(static_cast<AvpHandle*>(child)))) {
    check(fd_msg_browse_internal(child, MSG_BRW_NEXT, &child, nullptr), "fd_msg_browse");
  }
}

// All of them.
std::vector<ReceivedAvp> children_of(msg_or_avp* parent);

// A request as it was received, looked at once.
struct ReceivedRequest {
  const msg_hdr* header = nullptr;
  std::vector<ReceivedAvp> avps;
};
// Valid as long as the message. Throws FdError.
ReceivedRequest look_at(msg* request);

// Name of the peer that the message came from; empty: it came from none. Throws FdError.
std::string_view source_of(msg* message);

// freeDiameter and others close the connection from which a longer one comes.
inline constexpr std::size_t longest_message = 65535;
// Of the whole message as it will be sent. Throws FdError.
std::size_t octets_of(msg* message);

// Adds AVPs at the end of a message or group. The octets are copied by freeDiameter. Throws FdError.
class Writer {
 public:
  Writer(const Dictionary& dictionary, msg_or_avp* parent) : dictionary_(dictionary), parent_(parent) {}
  void octets(Avp avp, std::span<const std::uint8_t> value);
  void text(Avp avp, std::string_view value);
  void u32(Avp avp, std::uint32_t value);
  void i32(Avp avp, std::int32_t value);
  void u64(Avp avp, std::uint64_t value);
  Writer group(Avp avp);
  // The AVP as it came, of its octets the first `most`; of a group only that it was there. freeDiameter keeps raw
  // octets only of what it did not understand: that is left out.
  void repeat(const ReceivedAvp& failed, std::size_t most);
  void example(Avp which);

 private:
  AvpHandle* add(dict_object* model);
  void set(dict_object* model, avp_value value);
  const Dictionary& dictionary_;
  msg_or_avp* parent_;
};

}  // namespace diameter_ext

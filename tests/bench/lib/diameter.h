// SPDX-License-Identifier: Apache-2.0
// The bench's own Diameter codec (RFC 6733 3 and 4.1); it shares nothing with the server under test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using Bytes = std::span<const std::uint8_t>;

struct ProtocolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct AvpId {
  std::uint32_t code;
  std::uint32_t vendor = 0;
  bool mandatory = true;
};

constexpr std::uint8_t request_flag = 0x80;
constexpr std::uint8_t proxiable_flag = 0x40;

struct Header {
  std::uint8_t flags;
  std::uint32_t command;
  std::uint32_t application;
  std::uint32_t hop_by_hop;
  std::uint32_t end_to_end;
};
constexpr std::size_t header_size = 20;

// Appends one message to a buffer; the lengths are filled in when a group or the message is closed.
class MessageWriter {
 public:
  MessageWriter(std::vector<std::uint8_t>& out, const Header& header);
  void bytes(AvpId id, Bytes data);
  void text(AvpId id, std::string_view data);
  void number(AvpId id, std::uint32_t data);
  [[nodiscard]] std::size_t open_group(AvpId id);
  void close_group(std::size_t start);
  void finish();

 private:
  void begin_avp(AvpId id, std::size_t data_size);
  void pad();

  std::vector<std::uint8_t>& out_;
  std::size_t start_;
};

// Size of the message at the front of the buffer; nothing when more bytes are needed. Throws ProtocolError.
std::optional<std::size_t> message_size(Bytes buffer);
Header read_header(Bytes message);

struct Avp {
  std::uint32_t code;
  std::uint32_t vendor;
  Bytes data;

  [[nodiscard]] bool is(AvpId id) const { return code == id.code && vendor == id.vendor; }
  [[nodiscard]] std::uint32_t number() const;  // throws ProtocolError unless it has four bytes
  [[nodiscard]] std::string_view text() const;
};

// Walks the AVPs of a message body or of a group. Throws ProtocolError on a length that does not fit.
class AvpReader {
 public:
  explicit AvpReader(Bytes avps) : rest_(avps) {}
  std::optional<Avp> next();

 private:
  Bytes rest_;
};

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
// Diameter wire format: 20-byte header, AVPs of 8 or 12 bytes plus data, padded to four bytes.
#include "diameter.h"

namespace bench {
namespace {

constexpr std::uint8_t vendor_flag = 0x80;
constexpr std::uint8_t mandatory_flag = 0x40;
constexpr std::size_t largest_message = 1 << 20;

void put24(std::uint8_t* at, std::size_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 16);
  at[1] = static_cast<std::uint8_t>(value >> 8);
  at[2] = static_cast<std::uint8_t>(value);
}

void append32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get24(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) << 16 | static_cast<std::uint32_t>(at[1]) << 8 | at[2];
}

std::uint32_t get32(const std::uint8_t* at) { return static_cast<std::uint32_t>(at[0]) << 24 | get24(at + 1); }

}  // namespace

MessageWriter::MessageWriter(std::vector<std::uint8_t>& out, const Header& header) : out_(out), start_(out.size()) {
  append32(out_, 0x01000000);
  append32(out_, header.command | static_cast<std::uint32_t>(header.flags) << 24);
  append32(out_, header.application);
  append32(out_, header.hop_by_hop);
  append32(out_, header.end_to_end);
}

void MessageWriter::begin_avp(AvpId id, std::size_t data_size) {
  append32(out_, id.code);
  const std::uint8_t flags = (id.vendor != 0 ? vendor_flag : 0) | (id.mandatory ? mandatory_flag : 0);
  const std::size_t size = data_size + (id.vendor != 0 ? 12 : 8);
  append32(out_, static_cast<std::uint32_t>(size) | static_cast<std::uint32_t>(flags) << 24);
  if (id.vendor != 0) append32(out_, id.vendor);
}

void MessageWriter::pad() {
  while ((out_.size() - start_) % 4 != 0) out_.push_back(0);
}

void MessageWriter::bytes(AvpId id, Bytes data) {
  begin_avp(id, data.size());
  out_.insert(out_.end(), data.begin(), data.end());
  pad();
}

void MessageWriter::text(AvpId id, std::string_view data) {
  begin_avp(id, data.size());
  out_.insert(out_.end(), data.begin(), data.end());
  pad();
}

void MessageWriter::number(AvpId id, std::uint32_t data) {
  begin_avp(id, 4);
  append32(out_, data);
}

std::size_t MessageWriter::open_group(AvpId id) {
  const std::size_t start = out_.size();
  begin_avp(id, 0);
  return start;
}

void MessageWriter::close_group(std::size_t start) { put24(&out_[start + 5], out_.size() - start); }

void MessageWriter::finish() { put24(&out_[start_ + 1], out_.size() - start_); }

std::optional<std::size_t> message_size(Bytes buffer) {
  if (buffer.size() < 4) return std::nullopt;
  const std::size_t size = get24(&buffer[1]);
  if (buffer[0] != 1) throw ProtocolError("message of another Diameter version");
  if (size < header_size || size % 4 != 0 || size > largest_message) throw ProtocolError("message length out of range");
  if (buffer.size() < size) return std::nullopt;
  return size;
}

Header read_header(Bytes message) {
  return {message[4], get24(&message[5]), get32(&message[8]), get32(&message[12]), get32(&message[16])};
}

std::uint32_t Avp::number() const {
  if (data.size() != 4) throw ProtocolError("AVP " + std::to_string(code) + " has not four bytes");
  return get32(data.data());
}

std::string_view Avp::text() const {
  return {reinterpret_cast<const char*>(data.data()), data.size()};  // octets seen as characters
}

std::optional<Avp> AvpReader::next() {
  if (rest_.empty()) return std::nullopt;
  if (rest_.size() < 8) throw ProtocolError("stray bytes after the last AVP");
  const bool has_vendor = (rest_[4] & vendor_flag) != 0;
  const std::size_t head = has_vendor ? 12 : 8;
  const std::size_t size = get24(&rest_[5]);
  if (size < head || size > rest_.size()) throw ProtocolError("AVP length out of range");
  const Avp avp{get32(rest_.data()), has_vendor ? get32(&rest_[8]) : 0, rest_.subspan(head, size - head)};
  const std::size_t padded = (size + 3) / 4 * 4;
  rest_ = rest_.subspan(padded < rest_.size() ? padded : rest_.size());
  return avp;
}

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
// Reading and writing AVPs through freeDiameter.
#include "diameter_ext/message.h"

#include "hss/text_forms.h"

#include <algorithm>
#include <cstdint>

namespace diameter_ext {
namespace {

// Null: it is of another type, or the library has not understood it.
const avp_value* value_of(const ReceivedAvp& avp, Type type) {
  return avp.which != unknown_avp && row_of(avp.which).type == type ? avp.header->avp_value : nullptr;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> ReceivedAvp::octets() const {
  const avp_value* value = value_of(*this, Type::octets);
  if (value == nullptr) {
    return std::nullopt;
  }
  return std::span<const std::uint8_t>(value->os.data, value->os.len);
}

std::optional<std::uint32_t> ReceivedAvp::u32() const {
  const avp_value* value = value_of(*this, Type::u32);
  return value == nullptr ? std::nullopt : std::optional(value->u32);
}

std::optional<std::int32_t> ReceivedAvp::i32() const {
  const avp_value* value = value_of(*this, Type::i32);
  return value == nullptr ? std::nullopt : std::optional(value->i32);
}

std::optional<std::string_view> ReceivedAvp::text() const {
  const auto bytes = octets();
  if (!bytes || bytes->empty()) {
    return std::nullopt;
  }
  const std::string_view out(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return hss::is_clean_utf8(out) ? std::optional(out) : std::nullopt;
}

ReceivedAvp received(AvpHandle* handle) {
  avp_hdr* header = nullptr;
  check(fd_msg_avp_hdr(handle, &header), "fd_msg_avp_hdr");
  const bool has_vendor = (header->avp_flags & AVP_FLAG_VENDOR) != 0;
  return {handle, header, find_avp(header->avp_code, has_vendor ? header->avp_vendor : vendor::base)};
}

std::vector<ReceivedAvp> children_of(msg_or_avp* parent) {
  std::vector<ReceivedAvp> out;
  out.reserve(16);
  visit_children(parent, [&](const ReceivedAvp& child) {
    out.push_back(child);
    return false;
  });
  return out;
}

ReceivedRequest look_at(msg* request) {
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(request, &header), "fd_msg_hdr");
  return {header, children_of(request)};
}

std::string_view source_of(msg* message) {
  DiamId_t host = nullptr;
  std::size_t length = 0;
  check(fd_msg_source_get(message, &host, &length), "fd_msg_source_get");
  return host == nullptr ? std::string_view{} : std::string_view(host, length);
}

std::size_t octets_of(msg* message) {
  check(fd_msg_update_length(message), "fd_msg_update_length");
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(message, &header), "fd_msg_hdr");
  return header->msg_length;
}

AvpHandle* Writer::add(dict_object* model) {
  AvpHandle* created = nullptr;
  check(fd_msg_avp_new(model, 0, &created), "fd_msg_avp_new");
  if (const int code = fd_msg_avp_add(parent_, MSG_BRW_LAST_CHILD, created); code != 0) {
    fd_msg_free(created);
    check(code, "fd_msg_avp_add");
  }
  return created;
}

void Writer::set(dict_object* model, avp_value value) {
  check(fd_msg_avp_setvalue(add(model), &value), "fd_msg_avp_setvalue");
}

void Writer::repeat(const ReceivedAvp& failed, std::size_t most) {
  dict_object* model = nullptr;
  check(fd_msg_model(failed.handle, &model), "fd_msg_model");
  if (model == nullptr) {
    return;
  }
  AvpHandle* const copy = add(model);
  if (failed.header->avp_value == nullptr) {
    return;
  }
  avp_value value = *failed.header->avp_value;
  if (value_of(failed, Type::octets) != nullptr) {
    value.os.len = std::min(value.os.len, most);
  }
  check(fd_msg_avp_setvalue(copy, &value), "fd_msg_avp_setvalue");
}

// RFC 6733 7.5: an example of an AVP that is missing, of the least length that its type admits, of zeros.
void Writer::example(Avp which) {
  avp_value zeros{};
  switch (row_of(which).type) {
    case Type::grouped:
      add(dictionary_[which]);
      break;
    case Type::octets:
      octets(which, {});
      break;
    default:
      set(dictionary_[which], zeros);
  }
}

void Writer::octets(Avp which, std::span<const std::uint8_t> value) {
  avp_value out{};
  out.os.data = const_cast<std::uint8_t*>(value.data());  // copied, not written
  out.os.len = value.size();
  set(dictionary_[which], out);
}

void Writer::text(Avp which, std::string_view value) {
  octets(which, {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

void Writer::u32(Avp which, std::uint32_t value) {
  avp_value out{};
  out.u32 = value;
  set(dictionary_[which], out);
}

void Writer::u64(Avp which, std::uint64_t value) {
  avp_value out{};
  out.u64 = value;
  set(dictionary_[which], out);
}

void Writer::i32(Avp which, std::int32_t value) {
  avp_value out{};
  out.i32 = value;
  set(dictionary_[which], out);
}

Writer Writer::group(Avp which) { return {dictionary_, add(dictionary_[which])}; }

}  // namespace diameter_ext

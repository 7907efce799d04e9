// SPDX-License-Identifier: Apache-2.0
// Reading and writing AVPs through freeDiameter.
#include "diameter_ext/message.h"

#include "hss/text_forms.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace diameter_ext {
namespace {

dict_avp_basetype look_up(dict_object* model) {
  dict_avp_data data{};
  return fd_dict_getval(model, &data) == 0 ? data.avp_basetype : AVP_TYPE_GROUPED;
}

// What the dictionary says of an AVP does not change while the extension is loaded: each thread asks once, because the
// answer costs a lock and a copy.
dict_avp_basetype type_of(avp* handle) {
  struct Known {
    dict_object* model = nullptr;
    dict_avp_basetype type = AVP_TYPE_GROUPED;
  };
  static thread_local std::array<Known, 256> known{};
  dict_object* model = nullptr;
  if (fd_msg_model(handle, &model) != 0 || model == nullptr) {
    return AVP_TYPE_GROUPED;  // nothing to read
  }
  constexpr unsigned aligned = 6;  // bits of an address that say little
  Known& place = known[(reinterpret_cast<std::uintptr_t>(model) >> aligned) % known.size()];
  if (place.model != model) {
    place = {model, look_up(model)};
  }
  return place.type;
}

const avp_value* value_of(avp* handle, dict_avp_basetype type) {
  avp_hdr* header = nullptr;
  if (type_of(handle) != type || fd_msg_avp_hdr(handle, &header) != 0) {
    return nullptr;
  }
  return header->avp_value;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> ReceivedAvp::octets() const {
  const avp_value* value = value_of(handle, AVP_TYPE_OCTETSTRING);
  if (value == nullptr) {
    return std::nullopt;
  }
  return std::span<const std::uint8_t>(value->os.data, value->os.len);
}

std::optional<std::uint32_t> ReceivedAvp::u32() const {
  const avp_value* value = value_of(handle, AVP_TYPE_UNSIGNED32);
  return value == nullptr ? std::nullopt : std::optional(value->u32);
}

std::optional<std::int32_t> ReceivedAvp::i32() const {
  const avp_value* value = value_of(handle, AVP_TYPE_INTEGER32);
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

std::vector<ReceivedAvp> children_of(msg_or_avp* parent) {
  std::vector<ReceivedAvp> out;
  out.reserve(16);
  msg_or_avp* child = nullptr;
  check(fd_msg_browse_internal(parent, MSG_BRW_FIRST_CHILD, &child, nullptr), "fd_msg_browse");
  while (child != nullptr) {
    auto* handle = static_cast<avp*>(child);
    avp_hdr* header = nullptr;
    check(fd_msg_avp_hdr(handle, &header), "fd_msg_avp_hdr");
    out.push_back({handle, header->avp_code, (header->avp_flags & AVP_FLAG_VENDOR) != 0 ? header->avp_vendor : 0,
                   (header->avp_flags & AVP_FLAG_MANDATORY) != 0});
    check(fd_msg_browse_internal(handle, MSG_BRW_NEXT, &child, nullptr), "fd_msg_browse");
  }
  return out;
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

avp* Writer::add(dict_object* model) {
  avp* created = nullptr;
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
  avp* const copy = add(model);
  avp_hdr* header = nullptr;
  check(fd_msg_avp_hdr(failed.handle, &header), "fd_msg_avp_hdr");
  if (header->avp_value == nullptr) {
    return;
  }
  avp_value value = *header->avp_value;
  if (type_of(failed.handle) == AVP_TYPE_OCTETSTRING) {
    value.os.len = std::min(value.os.len, most);
  }
  check(fd_msg_avp_setvalue(copy, &value), "fd_msg_avp_setvalue");
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

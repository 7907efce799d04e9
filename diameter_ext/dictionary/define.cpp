// SPDX-License-Identifier: Apache-2.0
// Writes the tables into freeDiameter's dictionary, taking what is there already.
#include "diameter_ext/dictionary/define.h"

#include "diameter_ext/application.h"

#include <array>
#include <cerrno>
#include <string>

namespace diameter_ext {
namespace {

dictionary* dict() { return fd_g_config->cnf_dict; }

constexpr std::array base_types{AVP_TYPE_OCTETSTRING, AVP_TYPE_GROUPED, AVP_TYPE_UNSIGNED32, AVP_TYPE_UNSIGNED64,
                                AVP_TYPE_INTEGER32};  // by Type

// fd_dict_new reports EEXIST for an object of other content and still refers to the existing one.
dict_object* define(dict_object_type type, void* data, dict_object* parent, const char* what) {
  dict_object* object = nullptr;
  const int code = fd_dict_new(dict(), type, data, parent, &object);
  if (code != EEXIST) {
    check(code, what);
  }
  return object;
}

dict_object* find(const AvpRow& row) {
  dict_avp_request request{};
  request.avp_code = row.code;
  request.avp_vendor = row.vendor;
  dict_object* found = nullptr;
  check(fd_dict_search(dict(), DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request, &found, 0), "fd_dict_search");
  return found;
}

dict_object* add(const AvpRow& row, dict_avp_basetype type) {
  dict_avp_data data{};
  data.avp_code = row.code;
  data.avp_vendor = row.vendor;
  data.avp_name = c_string(row.name.data());
  data.avp_flag_val =
      static_cast<std::uint8_t>((row.vendor != 0 ? AVP_FLAG_VENDOR : 0) | (row.mandatory ? AVP_FLAG_MANDATORY : 0));
  data.avp_flag_mask = AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY;
  data.avp_basetype = type;
  return define(DICT_AVP, &data, nullptr, row.name.data());
}

dict_object* define_avp(const AvpRow& row) {
  const auto type = base_types.at(static_cast<std::size_t>(row.type));
  dict_object* const existing = find(row);
  if (existing == nullptr) {
    return add(row, type);
  }
  dict_avp_data data{};
  check(fd_dict_getval(existing, &data), "fd_dict_getval");
  if (data.avp_basetype != type) {
    const std::string what =
        "another dictionary defines AVP " + std::string(row.name) + " with another type; defining it";
    throw FdError(what.c_str(), EEXIST);
  }
  return existing;
}

void define_command(std::uint32_t code, const char* name, bool request, dict_object* application) {
  dict_cmd_data data{};
  data.cmd_code = code;
  data.cmd_name = c_string(name);
  data.cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  data.cmd_flag_val = static_cast<std::uint8_t>(CMD_FLAG_PROXIABLE | (request ? CMD_FLAG_REQUEST : 0));
  define(DICT_COMMAND, &data, application, name);
}

void define_vendor(std::uint32_t id, const char* name) {
  dict_vendor_data data{};
  data.vendor_id = id;
  data.vendor_name = c_string(name);
  define(DICT_VENDOR, &data, nullptr, name);
}

void define_application(const Application& row, Dictionary& out) {
  dict_application_data data{};
  data.application_id = row.id;
  data.application_name = c_string(row.name);
  dict_object* const application = define(DICT_APPLICATION, &data, find_vendor(row.vendor), row.name);
  out.applications.emplace(row.id, application);
  for (const CommandRow& command : row.commands) {
    define_command(command.code, command.request_name, true, application);
    define_command(command.code, command.answer_name, false, application);
  }
}

}  // namespace

dict_object* find_vendor(std::uint32_t id) {
  dict_object* found = nullptr;
  check(fd_dict_search(dict(), DICT_VENDOR, VENDOR_BY_ID, &id, &found, ENOENT), "fd_dict_search");
  return found;
}

Dictionary define_dictionary(std::span<const Application* const> applications) {
  Dictionary out;
  define_vendor(vendor::v3gpp, "3GPP");
  define_vendor(vendor::etsi, "ETSI");
  for (std::size_t i = 0; i < avp_count; ++i) {
    out.avps.at(i) = define_avp(table::avps.at(i));
  }
  for (const Application* const application : applications) {
    define_application(*application, out);
  }
  return out;
}

}  // namespace diameter_ext

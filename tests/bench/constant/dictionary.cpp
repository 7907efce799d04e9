// SPDX-License-Identifier: Apache-2.0
// Defines all of Cx, so that look-ups and the check of the grammar cost what they cost with a complete dictionary.
#include "dictionary.h"

#include <array>
#include <cerrno>
#include <span>

namespace bench {
namespace {

constexpr application_id_t cx_application = 16777216;

char* c_string(const char* text) { return const_cast<char*>(text); }  // the C interface does not write through it

struct AvpRow {
  avp_code_t code;
  const char* name;
  dict_avp_basetype type;
  bool mandatory;
};

struct RuleRow {
  avp_code_t code;
  vendor_id_t vendor;
  rule_position position;
  int least;
  int most;  // -1: any number
};

struct CommandRow {
  command_code_t code;
  const char* request;
  const char* answer;
  std::span<const RuleRow> request_rules;
  std::span<const RuleRow> answer_rules;
};

#include "tables.inc"  // by constant/tables: avps, item_rules, commands and their rules

static_assert(commands.size() == command_count);

dictionary* dict() { return fd_g_config->cnf_dict; }

// An object that exists already is as good as a new one.
int define(dict_object_type type, void* data, void* parent, dict_object** object) {
  const int result = fd_dict_new(dict(), type, data, static_cast<dict_object*>(parent), object);
  return result == EEXIST ? 0 : result;
}

int define_avp(const AvpRow& row) {
  dict_avp_data data{};
  data.avp_code = row.code;
  data.avp_vendor = vendor_3gpp;
  data.avp_name = c_string(row.name);
  // M is only pinned where it must be set: either value is accepted for the others.
  data.avp_flag_mask = row.mandatory ? AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY : AVP_FLAG_VENDOR;
  data.avp_flag_val = data.avp_flag_mask;
  data.avp_basetype = row.type;
  dict_object* ignored = nullptr;
  return define(DICT_AVP, &data, nullptr, &ignored);
}

int define_rules(dict_object* parent, std::span<const RuleRow> rows) {
  for (const RuleRow& row : rows) {
    dict_rule_data data{};
    data.rule_avp = find_avp(row.code, row.vendor);
    if (data.rule_avp == nullptr) continue;  // an AVP of another dictionary that is not loaded
    data.rule_position = row.position;
    data.rule_order = row.position == RULE_FIXED_HEAD ? 1 : 0;
    data.rule_min = row.least;
    data.rule_max = row.most;
    const int error = define(DICT_RULE, &data, parent, nullptr);
    if (error != 0) return error;
  }
  return 0;
}

int define_message(const CommandRow& row, bool request, dict_object* application, dict_object** message) {
  dict_cmd_data data{};
  data.cmd_code = row.code;
  data.cmd_name = c_string(request ? row.request : row.answer);
  data.cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  data.cmd_flag_val = request ? CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE : CMD_FLAG_PROXIABLE;
  int error = define(DICT_COMMAND, &data, application, message);
  return error == 0 ? define_rules(*message, request ? row.request_rules : row.answer_rules) : error;
}

int define_command(const CommandRow& row, dict_object* application, dict_object** request) {
  dict_object* answer = nullptr;
  const int error = define_message(row, true, application, request);
  return error == 0 ? define_message(row, false, application, &answer) : error;
}

int define_avps_and_item() {
  for (const AvpRow& row : avps) {
    const int error = define_avp(row);
    if (error != 0) return error;
  }
  return define_rules(find_avp(612, vendor_3gpp), item_rules);
}

}  // namespace

dict_object* find_avp(avp_code_t code, vendor_id_t vendor) {
  dict_avp_request wanted{};
  wanted.avp_code = code;
  wanted.avp_vendor = vendor;
  dict_object* avp = nullptr;
  if (fd_dict_search(dict(), DICT_AVP, AVP_BY_CODE_AND_VENDOR, &wanted, &avp, ENOENT) != 0) return nullptr;
  return avp;
}

int define_cx(CxObjects& objects) {
  dict_vendor_data vendor{vendor_3gpp, c_string("3GPP")};
  dict_application_data application{cx_application, c_string("Cx")};
  int error = define(DICT_VENDOR, &vendor, nullptr, &objects.vendor);
  if (error == 0) error = define(DICT_APPLICATION, &application, objects.vendor, &objects.application);
  if (error == 0) error = define_avps_and_item();
  for (std::size_t i = 0; error == 0 && i < commands.size(); ++i) {
    error = define_command(commands[i], objects.application, &objects.requests[i]);
  }
  return error;
}

}  // namespace bench

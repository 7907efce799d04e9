// SPDX-License-Identifier: Apache-2.0
// AVP and rule tables of TS 29.229 6.1 and 6.3; all AVPs 600 to 666, so that look-ups cost what they cost a
// complete Cx dictionary.
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

constexpr auto group = AVP_TYPE_GROUPED;
constexpr auto octets = AVP_TYPE_OCTETSTRING;
constexpr auto number = AVP_TYPE_UNSIGNED32;
constexpr auto enumerated = AVP_TYPE_INTEGER32;

constexpr auto avps = std::to_array<AvpRow>({
    {600, "Visited-Network-Identifier", octets, true},
    {601, "Public-Identity", octets, true},
    {602, "Server-Name", octets, true},
    {603, "Server-Capabilities", group, true},
    {604, "Mandatory-Capability", number, true},
    {605, "Optional-Capability", number, true},
    {606, "User-Data", octets, true},
    {607, "SIP-Number-Auth-Items", number, true},
    {608, "SIP-Authentication-Scheme", octets, true},
    {609, "SIP-Authenticate", octets, true},
    {610, "SIP-Authorization", octets, true},
    {611, "SIP-Authentication-Context", octets, true},
    {612, "SIP-Auth-Data-Item", group, true},
    {613, "SIP-Item-Number", number, true},
    {614, "Server-Assignment-Type", enumerated, true},
    {615, "Deregistration-Reason", group, true},
    {616, "Reason-Code", enumerated, true},
    {617, "Reason-Info", octets, true},
    {618, "Charging-Information", group, true},
    {619, "Primary-Event-Charging-Function-Name", octets, true},
    {620, "Secondary-Event-Charging-Function-Name", octets, true},
    {621, "Primary-Charging-Collection-Function-Name", octets, true},
    {622, "Secondary-Charging-Collection-Function-Name", octets, true},
    {623, "User-Authorization-Type", enumerated, true},
    {624, "User-Data-Already-Available", enumerated, true},
    {625, "Confidentiality-Key", octets, true},
    {626, "Integrity-Key", octets, true},
    {628, "Supported-Features", group, false},
    {629, "Feature-List-ID", number, false},
    {630, "Feature-List", number, false},
    {631, "Supported-Applications", group, false},
    {632, "Associated-Identities", group, false},
    {633, "Originating-Request", enumerated, true},
    {634, "Wildcarded-Public-Identity", octets, false},
    {635, "SIP-Digest-Authenticate", group, false},
    {636, "Wildcarded-IMPU", octets, false},
    {637, "UAR-Flags", number, false},
    {638, "Loose-Route-Indication", enumerated, false},
    {639, "SCSCF-Restoration-Info", group, false},
    {640, "Path", octets, false},
    {641, "Contact", octets, false},
    {642, "Subscription-Info", group, false},
    {643, "Call-ID-SIP-Header", octets, false},
    {644, "From-SIP-Header", octets, false},
    {645, "To-SIP-Header", octets, false},
    {646, "Record-Route", octets, false},
    {647, "Associated-Registered-Identities", group, false},
    {648, "Multiple-Registration-Indication", enumerated, false},
    {649, "Restoration-Info", group, false},
    {650, "Session-Priority", enumerated, false},
    {651, "Identity-with-Emergency-Registration", group, false},
    {652, "Priviledged-Sender-Indication", enumerated, false},
    {653, "LIA-Flags", number, false},
    {654, "Initial-CSeq-Sequence-Number", number, false},
    {655, "SAR-Flags", number, false},
    {656, "Allowed-WAF-WWSF-Identities", group, false},
    {657, "WebRTC-Authentication-Function-Name", octets, false},
    {658, "WebRTC-Web-Server-Function-Name", octets, false},
    {659, "RTR-Flags", number, false},
    {660, "P-CSCF-Subscription-Info", group, false},
    {661, "Registration-Time-Out", octets, false},
    {662, "Alternate-Digest-Algorithm", octets, false},
    {663, "Alternate-Digest-HA1", octets, false},
    {664, "Failed-PCSCF", group, false},
    {665, "PCSCF-FQDN", octets, false},
    {666, "PCSCF-IP-Address", octets, false},
});

struct RuleRow {
  avp_code_t code;
  vendor_id_t vendor;
  rule_position position;
  int least;
  int most;  // -1: any number
};

constexpr auto request_rules = std::to_array<RuleRow>({
    {263, 0, RULE_FIXED_HEAD, 1, 1},
    {260, 0, RULE_REQUIRED, 1, 1},
    {277, 0, RULE_REQUIRED, 1, 1},
    {264, 0, RULE_REQUIRED, 1, 1},
    {296, 0, RULE_REQUIRED, 1, 1},
    {293, 0, RULE_OPTIONAL, 0, 1},
    {283, 0, RULE_REQUIRED, 1, 1},
    {628, vendor_3gpp, RULE_OPTIONAL, 0, -1},
    {284, 0, RULE_OPTIONAL, 0, -1},
    {282, 0, RULE_OPTIONAL, 0, -1},
});

constexpr auto answer_rules = std::to_array<RuleRow>({
    {263, 0, RULE_FIXED_HEAD, 1, 1},
    {260, 0, RULE_REQUIRED, 1, 1},
    {268, 0, RULE_OPTIONAL, 0, 1},
    {297, 0, RULE_OPTIONAL, 0, 1},
    {277, 0, RULE_REQUIRED, 1, 1},
    {264, 0, RULE_REQUIRED, 1, 1},
    {296, 0, RULE_REQUIRED, 1, 1},
    {628, vendor_3gpp, RULE_OPTIONAL, 0, -1},
    {279, 0, RULE_OPTIONAL, 0, -1},
    {284, 0, RULE_OPTIONAL, 0, -1},
    {282, 0, RULE_OPTIONAL, 0, -1},
});

constexpr auto uar_rules = std::to_array<RuleRow>({
    {1, 0, RULE_REQUIRED, 1, 1},
    {601, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {600, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {623, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {637, vendor_3gpp, RULE_OPTIONAL, 0, 1},
});
constexpr auto uaa_rules = std::to_array<RuleRow>({
    {602, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {603, vendor_3gpp, RULE_OPTIONAL, 0, 1},
});
constexpr auto sar_rules = std::to_array<RuleRow>({
    {1, 0, RULE_OPTIONAL, 0, 1},
    {601, vendor_3gpp, RULE_OPTIONAL, 0, -1},
    {602, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {614, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {624, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {634, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {639, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {648, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {650, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {655, vendor_3gpp, RULE_OPTIONAL, 0, 1},
});
constexpr auto saa_rules = std::to_array<RuleRow>({
    {1, 0, RULE_OPTIONAL, 0, 1},
    {606, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {618, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {632, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {602, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {634, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {638, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {639, vendor_3gpp, RULE_OPTIONAL, 0, -1},
});
constexpr auto lir_rules = std::to_array<RuleRow>({
    {601, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {623, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {633, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {650, vendor_3gpp, RULE_OPTIONAL, 0, 1},
});
constexpr auto lia_rules = std::to_array<RuleRow>({
    {602, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {603, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {634, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {653, vendor_3gpp, RULE_OPTIONAL, 0, 1},
});
constexpr auto mar_rules = std::to_array<RuleRow>({
    {1, 0, RULE_REQUIRED, 1, 1},
    {601, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {612, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {607, vendor_3gpp, RULE_REQUIRED, 1, 1},
    {602, vendor_3gpp, RULE_REQUIRED, 1, 1},
});
constexpr auto maa_rules = std::to_array<RuleRow>({
    {1, 0, RULE_OPTIONAL, 0, 1},
    {601, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {607, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {612, vendor_3gpp, RULE_OPTIONAL, 0, -1},
});

struct CommandRow {
  command_code_t code;
  const char* request;
  const char* answer;
  std::span<const RuleRow> request_rules;
  std::span<const RuleRow> answer_rules;
};
constexpr std::array<CommandRow, command_count> commands{{
    {300, "User-Authorization-Request", "User-Authorization-Answer", uar_rules, uaa_rules},
    {301, "Server-Assignment-Request", "Server-Assignment-Answer", sar_rules, saa_rules},
    {302, "Location-Info-Request", "Location-Info-Answer", lir_rules, lia_rules},
    {303, "Multimedia-Auth-Request", "Multimedia-Auth-Answer", mar_rules, maa_rules},
}};

constexpr auto item_rules = std::to_array<RuleRow>({
    {613, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {608, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {609, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {610, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {611, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {625, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {626, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {635, vendor_3gpp, RULE_OPTIONAL, 0, 1},
    {8, 0, RULE_OPTIONAL, 0, 1},
    {97, 0, RULE_OPTIONAL, 0, 1},
    {96, 0, RULE_OPTIONAL, 0, 1},
});

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
  if (error == 0) error = define_rules(*message, request ? std::span<const RuleRow>(request_rules) : answer_rules);
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

// SPDX-License-Identifier: Apache-2.0
// Elements of GBA-UserSecSettings in the order of TS 29.109 Annex A.
#include "hss/zh/guss.h"

#include "hss/xml.h"

namespace hss::zh {
namespace {

using xml::Node;

void add_attribute(Node element, const char* name, const std::string& value) {
  element.append_attribute(name).set_value(value.c_str());
}

void add_bsf_info(Node guss, const UserSecuritySettings& settings) {
  if (!settings.uicc_type && !settings.key_lifetime) {
    return;
  }
  auto info = guss.append_child("bsfInfo");
  if (settings.uicc_type) {
    xml::set_text(info.append_child("uiccType"), *settings.uicc_type == UiccType::gba_u ? "GBA_U" : "GBA");
  }
  xml::add(info, "lifeTime", settings.key_lifetime);
}

void add_setting(Node list, const UserSecuritySetting& setting) {
  auto element = list.append_child("uss");
  add_attribute(element, "id", std::to_string(setting.gsid));
  add_attribute(element, "type", std::to_string(setting.type));
  if (setting.naf_group) {
    add_attribute(element, "nafGroup", *setting.naf_group);
  }
  auto uids = element.append_child("uids");
  for (const std::string& uid : setting.uids) {
    xml::add(uids, "uid", uid);
  }
  auto flags = element.append_child("flags");
  for (const std::int32_t flag : setting.flags) {
    xml::add(flags, "flag", flag);
  }
}

}  // namespace

std::string render_guss(const UserSecuritySettings& guss, std::string_view name_space) {
  pugi::xml_document document;
  auto root = document.append_child("guss");
  if (!name_space.empty()) {
    add_attribute(root, "xmlns", std::string(name_space));
  }
  add_attribute(root, "id", guss.impi);
  add_bsf_info(root, guss);
  auto list = root.append_child("ussList");
  for (const UserSecuritySetting& setting : guss.settings) {
    add_setting(list, setting);
  }
  std::string out = R"(<?xml version="1.0" encoding="UTF-8"?>)";
  xml::print(root, out);
  return out;
}

}  // namespace hss::zh

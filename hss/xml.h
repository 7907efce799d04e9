// SPDX-License-Identifier: Apache-2.0
// Elements of an XML document as pugixml writes them: names, texts and their escapes.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>

namespace hss::xml {

using Node = pugi::xml_node;

class Appender final : public pugi::xml_writer {
 public:
  explicit Appender(std::string& out) : out_(out) {}
  void write(const void* data, std::size_t size) override { out_.append(static_cast<const char*>(data), size); }

 private:
  std::string& out_;
};

inline void print(Node node, std::string& out) {
  Appender appender(out);
  node.print(appender, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
}

inline void set_text(Node element, const std::string& text) {
  element.append_child(pugi::node_pcdata).set_value(text.c_str());
}
inline std::string text_of(bool flag) { return flag ? "1" : "0"; }
inline std::string text_of(std::integral auto number) { return std::to_string(number); }
inline const std::string& text_of(const std::string& text) { return text; }

template <typename Value>
void add(Node parent, const char* name, const Value& value) {
  set_text(parent.append_child(name), text_of(value));
}
template <typename Value>
void add(Node parent, const char* name, const std::optional<Value>& value) {
  if (value) {
    add(parent, name, *value);
  }
}

}  // namespace hss::xml

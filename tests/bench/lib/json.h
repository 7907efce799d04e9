// SPDX-License-Identifier: Apache-2.0
// Writes flat or nested JSON objects in the order in which fields are added.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace bench {

inline std::string json_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

class JsonObject {
 public:
  JsonObject& raw(std::string_view name, std::string_view json) {
    if (!body_.empty()) body_ += ", ";
    body_ += json_quote(name) + ": ";
    body_ += json;
    return *this;
  }
  JsonObject& add(std::string_view name, std::string_view text) { return raw(name, json_quote(text)); }
  JsonObject& add(std::string_view name, std::unsigned_integral auto number) {
    return raw(name, std::to_string(number));
  }
  JsonObject& add(std::string_view name, double number) {
    char text[40];
    std::snprintf(text, sizeof text, "%.3f", number);
    return raw(name, text);
  }
  JsonObject& add(std::string_view name, const JsonObject& object) { return raw(name, object.str()); }
  [[nodiscard]] std::string str() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

// To the named file, or to standard output when no file is named. False when it could not be written.
inline bool write_json(const std::string& file, const JsonObject& object) {
  const std::string text = object.str() + "\n";
  if (file.empty()) return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  std::FILE* out = std::fopen(file.c_str(), "w");
  if (out == nullptr) return false;
  const bool written = std::fputs(text.c_str(), out) >= 0;
  return std::fclose(out) == 0 && written;
}

}  // namespace bench

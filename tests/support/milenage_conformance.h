// SPDX-License-Identifier: Apache-2.0
// The Milenage conformance sets (TS 35.207, TS 35.208) run over any token: the software one, SoftHSM, a real HSM.
#pragma once

#include "auc/milenage.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

inline std::vector<std::uint8_t> octets_of(const std::string& hex) {
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

inline std::string hex_of(hsm::Bytes octets) {
  std::string hex;
  for (const std::uint8_t octet : octets) {
    for (const int nibble : {octet >> 4, octet & 15}) hex += "0123456789abcdef"[nibble];
  }
  return hex;
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed(const std::string& hex) {
  const std::vector<std::uint8_t> octets = octets_of(hex);
  if (octets.size() != N) throw std::runtime_error("test data of another length than " + std::to_string(N));
  std::array<std::uint8_t, N> result{};
  std::ranges::copy(octets, result.begin());
  return result;
}

// One set of tests/data/milenage.json; what is an answer stays in hex, for readable failures.
struct MilenageSet {
  std::string id;
  std::array<std::uint8_t, 16> k, op, opc;
  auc::Rand rand;
  auc::Sqn sqn;
  auc::Amf amf;
  auc::Auts auts;  // for SQN_MS = SQN, AMF* of zeros
  std::string f1, f1_star, f2, f3, f4, f5, f5_star, autn;
};

inline MilenageSet milenage_set(const nlohmann::json& json) {
  const auto text = [&json](const char* name) { return json.at(name).get<std::string>(); };
  return {text("id"),
          fixed<16>(text("K")),
          fixed<16>(text("OP")),
          fixed<16>(text("OPc")),
          {fixed<16>(text("RAND"))},
          {std::stoull(text("SQN"), nullptr, 16)},
          {fixed<2>(text("AMF"))},
          {fixed<14>(text("AUTS"))},
          text("f1"),
          text("f1star"),
          text("f2"),
          text("f3"),
          text("f4"),
          text("f5"),
          text("f5star"),
          text("AUTN")};
}

inline std::vector<MilenageSet> milenage_sets() {
  std::ifstream file(QUINTET_TEST_DATA "/milenage.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  std::vector<MilenageSet> sets;
  for (const nlohmann::json& set : json.at("sets")) sets.push_back(milenage_set(set));
  return sets;
}

// TS 35.208: f1 to f5*.
inline void expect_outputs(hsm::Token& token, const hsm::Key& key, const MilenageSet& set) {
  const auc::MilenageOutputs out = auc::milenage(token, key, set.rand, set.sqn, set.amf);
  EXPECT_EQ(hex_of(out.f1.view()), set.f1);
  EXPECT_EQ(hex_of(out.f1_star.view()), set.f1_star);
  EXPECT_EQ(hex_of(out.f2.view()), set.f2);
  EXPECT_EQ(hex_of(out.f3.view()), set.f3);
  EXPECT_EQ(hex_of(out.f4.view()), set.f4);
  EXPECT_EQ(hex_of(out.f5.view()), set.f5);
  EXPECT_EQ(hex_of(out.f5_star.view()), set.f5_star);
}

// TS 33.102 6.3.2: the quintuple.
inline void expect_vector(hsm::Token& token, const hsm::Key& key, const MilenageSet& set) {
  const auc::Challenge challenge{set.rand, set.sqn};
  const std::vector<auc::Vector> vectors = auc::vectors(token, key, {&challenge, 1}, set.amf);
  ASSERT_EQ(vectors.size(), 1U);
  EXPECT_EQ(vectors[0].rand, set.rand);
  EXPECT_EQ(hex_of(vectors[0].autn.octets), set.autn);
  EXPECT_EQ(hex_of(vectors[0].xres.octets.view()), set.f2);
  EXPECT_EQ(hex_of(vectors[0].ck.octets.view()), set.f3);
  EXPECT_EQ(hex_of(vectors[0].ik.octets.view()), set.f4);
}

// TS 33.102 6.3.3: MAC-S covers an AMF of zeros. f1* of the set covers the set's own AMF, so an AUTS of it is forged.
inline void expect_auts(hsm::Token& token, const hsm::Key& key, const MilenageSet& set) {
  EXPECT_EQ(auc::open_auts(token, key, set.rand, set.auts), set.sqn);
  auc::Auts other = set.auts;
  std::ranges::copy(fixed<8>(set.f1_star), other.octets.begin() + 6);
  EXPECT_EQ(auc::open_auts(token, key, set.rand, other), std::nullopt);
}

// Runs every set. `make_key(k, opc)`, both of 16 octets, loads K with OPc as its companion and returns the hsm::Key.
template <typename MakeKey>
void milenage_conformance(hsm::Token& token, MakeKey make_key) {
  const std::vector<MilenageSet> sets = milenage_sets();
  ASSERT_EQ(sets.size(), 20U);  // set 2 of TS 35.208 repeats set 1 and is left out
  for (const MilenageSet& set : sets) {
    SCOPED_TRACE(set.id);
    const hsm::Key key = make_key(hsm::Bytes(set.k), hsm::Bytes(set.opc));
    expect_outputs(token, key, set);
    expect_vector(token, key, set);
    expect_auts(token, key, set);
    const hsm::Secret<16> op{std::span(set.op)};
    EXPECT_EQ(hex_of(auc::opc_of(token, key, op).view()), hex_of(set.opc));
  }
}

}  // namespace support

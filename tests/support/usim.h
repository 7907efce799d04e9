// SPDX-License-Identifier: Apache-2.0
// A USIM in software for tests: its own Milenage, and the array of TS 33.102 C.2 that decides whether an SQN is fresh.
#pragma once

#include "auc/types.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace support {

struct CardOptions {
  unsigned ind_bits = 5;
  std::uint64_t delta = std::uint64_t{1} << 28;
  std::optional<std::uint64_t> age_limit;  // L of TS 33.102 C.2.2; most cards have none
};

// SEQ_MS(0..a-1). Holds nothing secret and computes nothing, so that long simulations are cheap.
class SqnArray {
 public:
  explicit SqnArray(CardOptions options = {}) : options_(options), slots_(std::size_t{1} << options.ind_bits) {}

  // TS 33.102 C.2.2: takes the SQN or refuses it (then the card answers with AUTS).
  bool accept(auc::Sqn sqn) {
    const std::uint64_t seq = sqn.value >> options_.ind_bits;
    std::uint64_t& slot = slots_[sqn.value & (slots_.size() - 1)];
    const std::uint64_t highest = *std::ranges::max_element(slots_);
    if (seq > highest && seq - highest > options_.delta) return false;
    if (options_.age_limit && seq < highest && highest - seq >= *options_.age_limit) return false;
    if (seq <= slot) return false;
    slot = seq;
    return true;
  }

  // The highest SEQ and the index where it sits.
  [[nodiscard]] auc::Sqn sqn_ms() const {
    const auto highest = std::ranges::max_element(slots_);
    return {*highest << options_.ind_bits | static_cast<std::uint64_t>(highest - slots_.begin())};
  }

 private:
  CardOptions options_;
  std::vector<std::uint64_t> slots_;
};

// Written apart from auc/milenage.cpp, block by block and as TS 35.206 4.1 has it, so that one can judge the other.
class CardMilenage {
 public:
  using Block = std::array<std::uint8_t, 16>;

  CardMilenage(const Block& k, const Block& opc) : k_(k), opc_(opc) {}

  [[nodiscard]] Block out1(const auc::Rand& rand, auc::Sqn sqn, auc::Amf amf) const {
    Block in1{};
    for (std::size_t i = 0; i < 8; ++i) {
      const auto octet = i < 6 ? static_cast<std::uint8_t>(sqn.value >> (40 - 8 * i)) : amf.octets[i - 6];
      in1[i] = in1[i + 8] = octet;
    }
    return with(encrypt(with(temp(rand), left(with(in1, opc_), 64))), opc_);
  }

  [[nodiscard]] Block out(unsigned n, const auc::Rand& rand) const {  // n from 2 to 5
    static constexpr std::array<unsigned, 6> r{0, 64, 0, 32, 64, 96};
    static constexpr std::array<std::uint8_t, 6> c{0, 0, 1, 2, 4, 8};
    Block block = left(with(temp(rand), opc_), r.at(n));
    block[15] ^= c.at(n);
    return with(encrypt(block), opc_);
  }

 private:
  static Block with(Block a, const Block& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
    return a;
  }
  static Block left(const Block& block, unsigned bits) {
    Block rotated{};
    for (std::size_t i = 0; i < block.size(); ++i) rotated[(i + block.size() - bits / 8) % block.size()] = block[i];
    return rotated;
  }
  [[nodiscard]] Block temp(const auc::Rand& rand) const { return encrypt(with(rand.octets, opc_)); }
  [[nodiscard]] Block encrypt(const Block& in) const {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    Block out{};
    int written = 0;
    if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, k_.data(), nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_EncryptUpdate(context.get(), out.data(), &written, in.data(), 16) != 1) {
      throw std::runtime_error("AES failed");
    }
    return out;
  }

  Block k_, opc_;
};

// What the card says to a challenge (TS 33.102 6.3.3).
struct CardAnswer {
  enum class Kind : std::uint8_t { accepted, mac_failure, synchronisation_failure };
  Kind kind = Kind::mac_failure;
  std::array<std::uint8_t, 8> res{};  // with accepted
  std::array<std::uint8_t, 16> ck{}, ik{};
  auc::Auts auts;  // with synchronisation_failure
};

class Usim {
 public:
  using Block = CardMilenage::Block;

  Usim(const Block& k, const Block& opc, CardOptions options = {}) : functions_(k, opc), array_(options) {}

  CardAnswer authenticate(const auc::Rand& rand, const auc::Autn& autn) {
    CardAnswer answer;
    const Block out2 = functions_.out(2, rand);
    const auc::Sqn sqn = uncovered(std::span(autn.octets).first<6>(), out2);
    const Block out1 = functions_.out1(rand, sqn, {{autn.octets[6], autn.octets[7]}});
    if (!std::equal(out1.begin(), out1.begin() + 8, autn.octets.begin() + 8)) return answer;
    if (!array_.accept(sqn)) {
      answer.kind = CardAnswer::Kind::synchronisation_failure;
      answer.auts = auts(rand, array_.sqn_ms());
      return answer;
    }
    answer.kind = CardAnswer::Kind::accepted;
    std::copy(out2.begin() + 8, out2.end(), answer.res.begin());
    answer.ck = functions_.out(3, rand);
    answer.ik = functions_.out(4, rand);
    return answer;
  }

  // An AUTS as the card makes it; with another AMF* than zeros as it never does.
  [[nodiscard]] auc::Auts auts(const auc::Rand& rand, auc::Sqn sqn_ms, auc::Amf amf_star = {}) const {
    const Block out5 = functions_.out(5, rand), out1 = functions_.out1(rand, sqn_ms, amf_star);
    auc::Auts result;
    for (std::size_t i = 0; i < 6; ++i) {
      result.octets[i] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(sqn_ms.value >> (40 - 8 * i)) ^ out5[i]);
    }
    std::copy(out1.begin() + 8, out1.end(), result.octets.begin() + 6);
    return result;
  }

  [[nodiscard]] SqnArray& array() { return array_; }

 private:
  static auc::Sqn uncovered(std::span<const std::uint8_t, 6> covered, const Block& ak) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < covered.size(); ++i) value = value << 8 | static_cast<std::uint8_t>(covered[i] ^ ak[i]);
    return {value};
  }

  CardMilenage functions_;
  SqnArray array_;
};

}  // namespace support

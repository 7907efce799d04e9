// SPDX-License-Identifier: Apache-2.0
// Milenage with OpenSSL's AES-128; one cipher context is kept, so a vector costs one key schedule.
#include "milenage.h"

#include <algorithm>
#include <stdexcept>

#include <openssl/evp.h>

namespace bench {
namespace {

// TS 35.206 4.1: rotation in bytes and the last byte of the constant, for OUT2 to OUT5.
struct Step {
  std::size_t rotate;
  std::uint8_t constant;
};
constexpr std::array<Step, 4> steps{{{0, 1}, {4, 2}, {8, 4}, {12, 8}}};
constexpr std::size_t rotate_out1 = 8;

Block rotated_left(const Block& block, std::size_t bytes) {
  Block out = block;
  std::ranges::rotate(out, out.begin() + static_cast<std::ptrdiff_t>(bytes));
  return out;
}

Block in1(std::uint64_t sqn, std::uint16_t amf) {
  Block block{};
  for (std::size_t half = 0; half < 16; half += 8) {
    for (std::size_t i = 0; i < 6; ++i) block[half + i] = static_cast<std::uint8_t>(sqn >> (8 * (5 - i)));
    block[half + 6] = static_cast<std::uint8_t>(amf >> 8);
    block[half + 7] = static_cast<std::uint8_t>(amf);
  }
  return block;
}

Block block_at(const std::uint8_t* bytes) {
  Block block;
  std::copy_n(bytes, block.size(), block.begin());
  return block;
}

}  // namespace

Block operator^(const Block& a, const Block& b) {
  Block out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] ^ b[i];
  return out;
}

Block temp_input(const Block& rand, const Block& opc) { return rand ^ opc; }

Block out1_input(const Block& temp, const Block& opc, std::uint64_t sqn, std::uint16_t amf) {
  return temp ^ rotated_left(in1(sqn, amf) ^ opc, rotate_out1);
}

Block outn_input(unsigned n, const Block& temp, const Block& opc) {
  const Step& step = steps.at(n - 2);
  Block out = rotated_left(temp ^ opc, step.rotate);
  out[15] ^= step.constant;
  return out;
}

Milenage::Milenage() : cipher_(EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)), context_(EVP_CIPHER_CTX_new()) {
  if (cipher_ == nullptr || context_ == nullptr) throw std::runtime_error("AES-128-ECB is not available");
}

Milenage::~Milenage() {
  EVP_CIPHER_CTX_free(context_);
  EVP_CIPHER_free(cipher_);
}

void Milenage::set_key(const Block& k) {
  if (EVP_EncryptInit_ex2(context_, cipher_, k.data(), nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context_, 0) != 1) {
    throw std::runtime_error("AES key set-up failed");
  }
}

void Milenage::encrypt(const std::uint8_t* in, std::uint8_t* out, int size) {
  int written = 0;
  if (EVP_EncryptUpdate(context_, out, &written, in, size) != 1 || written != size) {
    throw std::runtime_error("AES failed");
  }
}

Block Milenage::temp(const Block& rand, const Block& opc) {
  const Block in = temp_input(rand, opc);
  Block out;
  encrypt(in.data(), out.data(), 16);
  return out;
}

Outputs Milenage::outputs(const Block& temp, const Block& opc) {
  std::array<std::uint8_t, 48> blocks;
  for (unsigned n = 2; n <= 4; ++n) std::ranges::copy(outn_input(n, temp, opc), blocks.begin() + 16 * (n - 2));
  std::array<std::uint8_t, 48> cipher;
  encrypt(blocks.data(), cipher.data(), static_cast<int>(blocks.size()));
  const Block out2 = block_at(cipher.data()) ^ opc;
  Outputs result{{}, block_at(cipher.data() + 16) ^ opc, block_at(cipher.data() + 32) ^ opc, 0};
  std::copy_n(out2.begin() + 8, 8, result.xres.begin());
  for (std::size_t i = 0; i < 6; ++i) result.ak = result.ak << 8 | out2[i];
  return result;
}

std::array<std::uint8_t, 8> Milenage::mac_a(const Block& temp, const Block& opc, std::uint64_t sqn, std::uint16_t amf) {
  const Block in = out1_input(temp, opc, sqn, amf);
  Block out;
  encrypt(in.data(), out.data(), 16);
  out = out ^ opc;
  std::array<std::uint8_t, 8> mac;
  std::copy_n(out.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace bench

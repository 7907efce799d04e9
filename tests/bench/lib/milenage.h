// SPDX-License-Identifier: Apache-2.0
// Milenage (TS 35.206 4.1) for checking what the server under test answered; written apart from the server's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

struct evp_cipher_ctx_st;
struct evp_cipher_st;

namespace bench {

using Block = std::array<std::uint8_t, 16>;

Block operator^(const Block& a, const Block& b);

// The blocks that are put into the cipher, so that software and a token can share everything around it.
Block temp_input(const Block& rand, const Block& opc);
Block out1_input(const Block& temp, const Block& opc, std::uint64_t sqn, std::uint16_t amf);
Block outn_input(unsigned n, const Block& temp, const Block& opc);  // n from 2 to 5

// What a vector is checked against: the outputs for one RAND under one K and OPc.
struct Outputs {
  std::array<std::uint8_t, 8> xres;
  Block ck;
  Block ik;
  std::uint64_t ak;  // 48 bits
};

// AES-128 under one K at a time, in software.
class Milenage {
 public:
  Milenage();
  ~Milenage();
  Milenage(const Milenage&) = delete;  // it owns a cipher context
  Milenage& operator=(const Milenage&) = delete;

  void set_key(const Block& k);
  Block temp(const Block& rand, const Block& opc);
  Outputs outputs(const Block& temp, const Block& opc);
  std::array<std::uint8_t, 8> mac_a(const Block& temp, const Block& opc, std::uint64_t sqn, std::uint16_t amf);

 private:
  void encrypt(const std::uint8_t* in, std::uint8_t* out, int size);

  evp_cipher_st* cipher_;
  evp_cipher_ctx_st* context_;
};

}  // namespace bench

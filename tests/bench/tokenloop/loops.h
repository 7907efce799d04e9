// SPDX-License-Identifier: Apache-2.0
// The two bare loops: vectors under keys that are already in the token, and vectors whose key is unwrapped first.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../lib/keys.h"
#include "session.h"

struct evp_cipher_ctx_st;

namespace bench {

struct AkaVector {
  std::array<std::uint8_t, 16> autn;
  std::array<std::uint8_t, 8> xres;
  Block ck;
  Block ik;
};

struct LoopResult {
  std::uint64_t vectors = 0;
  std::uint64_t wall_ns = 0;
  std::uint64_t cpu_ns = 0;
};

// OPc at rest: AES-256-GCM with the associated data as long as the server's (an identity and a digest).
class SealedOpcs {
 public:
  SealedOpcs();
  ~SealedOpcs();
  SealedOpcs(const SealedOpcs&) = delete;  // it owns a cipher context
  SealedOpcs& operator=(const SealedOpcs&) = delete;

  void add(const Block& opc);
  Block open(std::size_t index);  // throws std::runtime_error when the tag does not fit

 private:
  struct Sealed {
    std::array<std::uint8_t, 12> nonce;
    Block cipher;
    Block tag;
  };

  static constexpr std::size_t associated_size = 40;
  evp_cipher_ctx_st* context_;
  std::array<std::uint8_t, 32> key_{};
  std::array<std::uint8_t, associated_size> associated_{};
  std::vector<Sealed> sealed_;
};

class Loops {
 public:
  // `hot_keys` are unwrapped at once; `blobs` keys are kept wrapped for the cold loop.
  Loops(const TokenSession& session, std::size_t hot_keys, std::size_t blobs);

  LoopResult hot(double seconds);
  LoopResult cold(double seconds);
  // Holds one vector of either loop against software; throws std::runtime_error when they differ.
  void check();

 private:
  AkaVector vector(CK_OBJECT_HANDLE key, const Block& opc, std::uint64_t number) const;
  AkaVector hot_step(std::uint64_t number);
  AkaVector cold_step(std::uint64_t number);

  const TokenSession& session_;
  std::vector<CK_OBJECT_HANDLE> hot_keys_;
  std::vector<Block> hot_opcs_;
  std::vector<WrappedKey> blobs_;
  SealedOpcs opcs_;
};

}  // namespace bench

// SPDX-License-Identifier: Apache-2.0
// Milenage over the token: one C_EncryptInit per vector, one update for TEMP and one for the four outputs.
#include "loops.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "../lib/clock.h"

namespace bench {
namespace {

constexpr std::uint16_t amf = 0;
constexpr std::uint64_t clock_every = 64;

void require(int result, const char* what) {
  if (result != 1) throw std::runtime_error(std::string(what) + " failed");
}

// RAND need not be random here: the loop measures the token, not a generator.
Block rand_of(std::uint64_t number) {
  Block rand{};
  for (std::size_t i = 0; i < 8; ++i) rand[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return rand;
}

std::uint64_t sqn_of(std::uint64_t number) { return number << 5; }

template <typename Step>
LoopResult timed(double seconds, Step step) {
  LoopResult result;
  const std::uint64_t start = now_ns();
  const std::uint64_t cpu_start = process_cpu_ns();
  const std::uint64_t end = start + seconds_to_ns(seconds);
  while (now_ns() < end) {
    for (std::uint64_t i = 0; i < clock_every; ++i) step(result.vectors++);
  }
  result.wall_ns = now_ns() - start;
  result.cpu_ns = process_cpu_ns() - cpu_start;
  return result;
}

void expect_software_result(const AkaVector& got, const SubscriberKeys& keys, std::uint64_t number) {
  Milenage milenage;
  milenage.set_key(keys.k);
  const Block temp = milenage.temp(rand_of(number), keys.opc);
  const Outputs expected = milenage.outputs(temp, keys.opc);
  const auto mac = milenage.mac_a(temp, keys.opc, sqn_of(number), amf);
  std::uint64_t concealed = 0;
  for (std::size_t i = 0; i < 6; ++i) concealed = concealed << 8 | got.autn[i];
  const bool same = got.xres == expected.xres && got.ck == expected.ck && got.ik == expected.ik &&
                    concealed == (sqn_of(number) ^ expected.ak) && std::equal(mac.begin(), mac.end(), &got.autn[8]);
  if (!same) throw std::runtime_error("the token's vector is not that of software");
}

}  // namespace

SealedOpcs::SealedOpcs() : context_(EVP_CIPHER_CTX_new()) {
  require(RAND_bytes(key_.data(), static_cast<int>(key_.size())), "RAND_bytes");
  require(EVP_DecryptInit_ex2(context_, EVP_aes_256_gcm(), key_.data(), nullptr, nullptr), "AES-GCM");
}

SealedOpcs::~SealedOpcs() { EVP_CIPHER_CTX_free(context_); }

void SealedOpcs::add(const Block& opc) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  Sealed sealed{};
  int size = 0;
  require(RAND_bytes(sealed.nonce.data(), static_cast<int>(sealed.nonce.size())), "RAND_bytes");
  require(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key_.data(), sealed.nonce.data(), nullptr), "AES-GCM");
  require(EVP_EncryptUpdate(context.get(), nullptr, &size, associated_.data(), associated_size), "AES-GCM");
  require(EVP_EncryptUpdate(context.get(), sealed.cipher.data(), &size, opc.data(), 16), "AES-GCM");
  require(EVP_EncryptFinal_ex(context.get(), sealed.cipher.data() + size, &size), "AES-GCM");
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, sealed.tag.data()), "AES-GCM");
  sealed_.push_back(sealed);
}

Block SealedOpcs::open(std::size_t index) {
  Sealed& sealed = sealed_[index];
  Block opc;
  int size = 0;
  require(EVP_DecryptInit_ex2(context_, nullptr, nullptr, sealed.nonce.data(), nullptr), "AES-GCM");
  require(EVP_DecryptUpdate(context_, nullptr, &size, associated_.data(), associated_size), "AES-GCM");
  require(EVP_DecryptUpdate(context_, opc.data(), &size, sealed.cipher.data(), 16), "AES-GCM");
  require(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_GCM_SET_TAG, 16, sealed.tag.data()), "AES-GCM");
  require(EVP_DecryptFinal_ex(context_, opc.data() + size, &size), "opening an OPc");
  return opc;
}

Loops::Loops(const TokenSession& session, std::size_t hot_keys, std::size_t blobs) : session_(session) {
  for (std::size_t i = 0; i < std::max(hot_keys, blobs); ++i) {
    const SubscriberKeys keys = derived_keys(i);
    const WrappedKey blob = session.wrap(keys.k);
    if (i < hot_keys) {
      hot_keys_.push_back(session.unwrap(blob));
      hot_opcs_.push_back(keys.opc);
    }
    if (i < blobs) {
      blobs_.push_back(blob);
      opcs_.add(keys.opc);
    }
  }
}

AkaVector Loops::vector(CK_OBJECT_HANDLE key, const Block& opc, std::uint64_t number) const {
  const std::uint64_t sqn = sqn_of(number);
  const Block first = temp_input(rand_of(number), opc);
  Block temp;
  std::array<Block, 4> in;
  std::array<Block, 4> out;
  session_.begin(key);
  session_.update(first, temp);
  in[0] = out1_input(temp, opc, sqn, amf);
  for (unsigned n = 2; n <= 4; ++n) in[n - 1] = outn_input(n, temp, opc);
  constexpr std::size_t size = sizeof in;
  session_.update({in[0].data(), size}, {out[0].data(), size});
  session_.end();
  for (Block& block : out) block = block ^ opc;
  AkaVector result{{}, {}, out[2], out[3]};
  for (std::size_t i = 0; i < 6; ++i) result.autn[i] = out[1][i] ^ static_cast<std::uint8_t>(sqn >> (8 * (5 - i)));
  std::copy_n(out[0].begin(), 8, result.autn.begin() + 8);
  std::copy_n(out[1].begin() + 8, 8, result.xres.begin());
  return result;
}

AkaVector Loops::hot_step(std::uint64_t number) {
  const std::size_t i = number % hot_keys_.size();
  return vector(hot_keys_[i], hot_opcs_[i], number);
}

AkaVector Loops::cold_step(std::uint64_t number) {
  const std::size_t i = number % blobs_.size();
  const CK_OBJECT_HANDLE key = session_.unwrap(blobs_[i]);
  const AkaVector result = vector(key, opcs_.open(i), number);
  session_.destroy(key);
  return result;
}

LoopResult Loops::hot(double seconds) {
  return timed(seconds, [this](std::uint64_t number) { hot_step(number); });
}

LoopResult Loops::cold(double seconds) {
  return timed(seconds, [this](std::uint64_t number) { cold_step(number); });
}

void Loops::check() {
  constexpr std::uint64_t number = 123'456'789;
  expect_software_result(hot_step(number), derived_keys(number % hot_keys_.size()), number);
  expect_software_result(cold_step(number), derived_keys(number % blobs_.size()), number);
}

}  // namespace bench

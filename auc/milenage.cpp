// SPDX-License-Identifier: Apache-2.0
// Milenage (TS 35.206 4.1): makes the blocks here, has the token encipher them in as few calls as the algorithm allows.
#include "auc/milenage.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace auc {
namespace {

constexpr std::size_t block_size = 16;
using Block = std::span<std::uint8_t, block_size>;
using ConstBlock = std::span<const std::uint8_t, block_size>;

// TS 35.206 4.1: rotation r in octets, and the last octet of the constant c, whose other octets are all zero.
struct Step {
  std::size_t rotation;
  std::uint8_t constant;
};
constexpr Step step1{8, 0}, step2{0, 1}, step3{4, 2}, step4{8, 4}, step5{12, 8};
constexpr std::array<Step, 3> vector_steps{step2, step3, step4};      // what a vector needs besides OUT1
constexpr std::array<Step, 4> all_steps{step2, step3, step4, step5};  // what all seven functions need besides OUT1
constexpr std::size_t outs_per_vector = 1 + vector_steps.size();

// The blocks of one call. TEMP and OUT are of key grade, so they are wiped when they go.
class Blocks {
 public:
  explicit Blocks(std::size_t count) : octets_(count * block_size) {}
  Blocks(const Blocks&) = delete;  // a copy would outlive the wipe of the original
  Blocks& operator=(const Blocks&) = delete;
  ~Blocks() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

  [[nodiscard]] Block at(std::size_t index) noexcept {
    return std::span(octets_).subspan(index * block_size).first<block_size>();
  }
  void encipher(hsm::Encryption& encryption) { encryption.update(octets_, octets_); }
  void mask(ConstBlock opc) noexcept {
    for (std::size_t i = 0; i < octets_.size(); ++i) octets_[i] ^= opc[i % block_size];
  }

 private:
  std::vector<std::uint8_t> octets_;
};

ConstBlock opc_beside(const hsm::Key& key) {
  const hsm::Bytes opc = key->companion().view();
  if (opc.size() != block_size) {
    throw hsm::Error(hsm::Kind::key, "Milenage", 0,
                     "Milenage with the key's OPc: it has " + std::to_string(opc.size()) + " octets instead of 16");
  }
  return opc.first<block_size>();
}

void put_sqn(Sqn sqn, std::span<std::uint8_t> to) noexcept {
  for (std::size_t i = 0; i < 6; ++i) to[i] = static_cast<std::uint8_t>(sqn.value >> (8 * (5 - i)));  // low octet
}

Sqn take_sqn(std::span<const std::uint8_t, 6> from) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : from) value = value << 8 | octet;
  return Sqn{value};
}

void put_temp_input(const Rand& rand, ConstBlock opc, Block to) noexcept {
  for (std::size_t i = 0; i < block_size; ++i) to[i] = rand.octets[i] ^ opc[i];
}

// IN1 = SQN || AMF || SQN || AMF; everything happens in `to`, which is wiped by its owner.
void put_out1_input(ConstBlock temp, ConstBlock opc, Sqn sqn, Amf amf, Block to) noexcept {
  for (std::size_t half = 0; half < block_size; half += 8) {
    put_sqn(sqn, to.subspan(half, 6));
    std::ranges::copy(amf.octets, to.subspan(half + 6, 2).begin());
  }
  for (std::size_t i = 0; i < block_size; ++i) to[i] ^= opc[i];
  std::rotate(to.begin(), to.begin() + step1.rotation, to.end());
  for (std::size_t i = 0; i < block_size; ++i) to[i] ^= temp[i];
}

void put_out_input(const Step& step, ConstBlock temp, ConstBlock opc, Block to) noexcept {
  for (std::size_t i = 0; i < block_size; ++i) {
    const std::size_t from = (i + step.rotation) % block_size;
    to[i] = temp[from] ^ opc[from];
  }
  to.back() ^= step.constant;
}

template <std::size_t N>
void copy_to(hsm::Secret<N>& secret, std::span<const std::uint8_t, N> from) noexcept {
  std::ranges::copy(from, secret.edit().begin());
}

// TS 33.102 6.3.2: AUTN = (SQN xor AK) || AMF || MAC-A. `outs` holds OUT1 to OUT4 from `first` on.
void fill(Vector& vector, const Challenge& challenge, Amf amf, Blocks& outs, std::size_t first) noexcept {
  const ConstBlock out1 = outs.at(first), out2 = outs.at(first + 1);
  auto& autn = vector.autn.octets;
  vector.rand = challenge.rand;
  put_sqn(challenge.sqn, autn);
  for (std::size_t i = 0; i < 6; ++i) autn[i] ^= out2[i];
  std::ranges::copy(amf.octets, autn.begin() + 6);
  std::ranges::copy(out1.first<8>(), autn.begin() + 8);
  copy_to(vector.xres.octets, out2.last<8>());
  copy_to<block_size>(vector.ck.octets, outs.at(first + 2));
  copy_to<block_size>(vector.ik.octets, outs.at(first + 3));
}

}  // namespace

MilenageOutputs milenage(hsm::Token& token, const hsm::Key& key, const Rand& rand, Sqn sqn, Amf amf) {
  const ConstBlock opc = opc_beside(key);
  Blocks temp(1), outs(1 + all_steps.size());
  hsm::Encryption encryption(token, key);
  put_temp_input(rand, opc, temp.at(0));
  temp.encipher(encryption);
  put_out1_input(temp.at(0), opc, sqn, amf, outs.at(0));
  for (std::size_t i = 0; i < all_steps.size(); ++i) put_out_input(all_steps[i], temp.at(0), opc, outs.at(i + 1));
  outs.encipher(encryption);
  outs.mask(opc);

  const ConstBlock out1 = outs.at(0), out2 = outs.at(1), out5 = outs.at(4);
  MilenageOutputs result;
  copy_to(result.f1, out1.first<8>());
  copy_to(result.f1_star, out1.last<8>());
  copy_to(result.f2, out2.last<8>());
  copy_to<block_size>(result.f3, outs.at(2));
  copy_to<block_size>(result.f4, outs.at(3));
  copy_to(result.f5, out2.first<6>());
  copy_to(result.f5_star, out5.first<6>());
  return result;
}

std::vector<Vector> vectors(hsm::Token& token, const hsm::Key& key, std::span<const Challenge> challenges, Amf amf) {
  std::vector<Vector> result;
  if (challenges.empty()) return result;
  const std::size_t count = challenges.size();
  const ConstBlock opc = opc_beside(key);
  Blocks temps(count), outs(count * outs_per_vector);
  hsm::Encryption encryption(token, key);
  for (std::size_t i = 0; i < count; ++i) put_temp_input(challenges[i].rand, opc, temps.at(i));
  temps.encipher(encryption);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t out = i * outs_per_vector;
    put_out1_input(temps.at(i), opc, challenges[i].sqn, amf, outs.at(out));
    for (const Step& step : vector_steps) put_out_input(step, temps.at(i), opc, outs.at(++out));
  }
  outs.encipher(encryption);
  outs.mask(opc);
  result.reserve(count);  // filled in place: no secret is moved about
  for (std::size_t i = 0; i < count; ++i) {
    fill(result.emplace_back(), challenges[i], amf, outs, i * outs_per_vector);
  }
  return result;
}

// OUT5 gives AK*, AK* uncovers SQN_MS, SQN_MS goes into OUT1: hence three updates.
std::optional<Sqn> open_auts(hsm::Token& token, const hsm::Key& key, const Rand& rand, const Auts& auts) {
  const ConstBlock opc = opc_beside(key);
  const std::span<const std::uint8_t, 14> octets(auts.octets);
  Blocks temp(1), out(1);
  hsm::Encryption encryption(token, key);
  put_temp_input(rand, opc, temp.at(0));
  temp.encipher(encryption);

  put_out_input(step5, temp.at(0), opc, out.at(0));
  out.encipher(encryption);
  out.mask(opc);
  for (std::size_t i = 0; i < 6; ++i) out.at(0)[i] ^= octets[i];
  const Sqn sqn_ms = take_sqn(out.at(0).first<6>());

  const Amf dummy{};  // TS 33.102 6.3.3: MAC-S is made with an AMF of zeros, not with that of the challenge
  put_out1_input(temp.at(0), opc, sqn_ms, dummy, out.at(0));
  out.encipher(encryption);
  out.mask(opc);
  if (!hsm::equal_in_constant_time(out.at(0).last<8>(), octets.last<8>())) return std::nullopt;
  return sqn_ms;
}

hsm::HeapSecret opc_of(hsm::Token& token, const hsm::Key& key, const hsm::Secret<16>& op) {
  hsm::HeapSecret opc(hsm::Bytes(op.view()));
  hsm::Encryption encryption(token, key);
  encryption.update(op.view(), opc.edit());
  for (std::size_t i = 0; i < block_size; ++i) opc.edit()[i] ^= op.view()[i];
  return opc;
}

}  // namespace auc

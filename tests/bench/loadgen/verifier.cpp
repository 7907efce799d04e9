// SPDX-License-Identifier: Apache-2.0
// Recomputes MAC-A, XRES, CK and IK (TS 33.102 6.3.2, TS 35.206) and reads SEQ and IND out of AUTN.
#include "verifier.h"

#include <algorithm>
#include <stdexcept>

namespace bench {
namespace {

constexpr auto aka_scheme = "Digest-AKAv1-MD5";  // what an AKA subscriber is served who asks for "Unknown"
constexpr unsigned ind_bits = 5;
constexpr std::uint64_t ind_mask = (1U << ind_bits) - 1;
constexpr std::uint16_t separation_bit = 0x8000;
constexpr std::uint64_t sqn_mask = 0xffff'ffff'ffff;

Block block_at(Bytes bytes) {
  Block block;
  std::copy_n(bytes.begin(), block.size(), block.begin());
  return block;
}

// AUTN: SQN xor AK, AMF, MAC-A.
struct Autn {
  std::uint64_t concealed_sqn = 0;
  std::uint16_t amf;
  Bytes mac;
};

Autn read_autn(Bytes autn) {
  Autn read{0, static_cast<std::uint16_t>(autn[6] << 8 | autn[7]), autn.subspan(8, 8)};
  for (std::size_t i = 0; i < 6; ++i) read.concealed_sqn = read.concealed_sqn << 8 | autn[i];
  return read;
}

std::uint64_t differs(Bytes got, Bytes expected) { return std::ranges::equal(got, expected) ? 0 : 1; }

bool has_vector_sizes(const AuthItem& item) {
  return item.authenticate.size() == 32 && item.authorization.size() == 8 && item.ck.size() == 16 &&
         item.ik.size() == 16;
}

}  // namespace

std::uint64_t Findings::faults() const {
  return bad_identity + bad_shape + bad_mac + bad_amf + bad_xres + bad_ck + bad_ik + bad_order;
}

JsonObject Findings::json() const {
  return JsonObject()
      .add("vectors", vectors)
      .add("faults", faults())
      .add("bad_identity", bad_identity)
      .add("bad_shape", bad_shape)
      .add("bad_mac", bad_mac)
      .add("bad_amf", bad_amf)
      .add("bad_xres", bad_xres)
      .add("bad_ck", bad_ck)
      .add("bad_ik", bad_ik)
      .add("bad_order", bad_order);
}

Verifier::Verifier(const Settings& settings)
    : scheme_(settings.scheme == "Unknown" ? aka_scheme : settings.scheme),
      items_(std::max<std::uint64_t>(1, settings.items)) {
  if (!settings.keys_file.empty()) keys_ = read_keys(settings.keys_file);
  if (!keys_.empty() && keys_.size() < settings.first_subscriber + settings.subscribers) {
    throw std::runtime_error(settings.keys_file + " holds keys of fewer subscribers than the run uses");
  }
  if (!settings.sqn_log.empty()) log_.emplace(settings.sqn_log);
}

SubscriberKeys Verifier::keys_of(std::uint32_t subscriber) const {
  return keys_.empty() ? derived_keys(subscriber) : keys_[subscriber];
}

void Verifier::check_shape(const Asked& asked, const Answer& answer) {
  if (answer.user_name != asked.impi || answer.public_identity != asked.impu) ++findings_.bad_identity;
  const bool count_fits =
      !answer.items.empty() && answer.items.size() <= items_ && answer.item_count == answer.items.size();
  const bool numbers_rise = std::ranges::is_sorted(answer.items, std::ranges::less_equal{}, &AuthItem::number);
  const auto foreign_scheme = [this](const AuthItem& item) { return item.scheme != scheme_; };
  if (!count_fits || !numbers_rise || std::ranges::any_of(answer.items, foreign_scheme)) ++findings_.bad_shape;
}

std::optional<Verifier::Sqn> Verifier::check_vector(const AuthItem& item, const SubscriberKeys& keys) {
  if (!has_vector_sizes(item)) {
    ++findings_.bad_shape;
    return std::nullopt;
  }
  const Autn autn = read_autn(item.authenticate.subspan(16));
  milenage_.set_key(keys.k);
  const Block temp = milenage_.temp(block_at(item.authenticate), keys.opc);
  const Outputs expected = milenage_.outputs(temp, keys.opc);
  const std::uint64_t sqn = (autn.concealed_sqn ^ expected.ak) & sqn_mask;
  findings_.bad_xres += differs(item.authorization, expected.xres);
  findings_.bad_ck += differs(item.ck, expected.ck);
  findings_.bad_ik += differs(item.ik, expected.ik);
  findings_.bad_amf += (autn.amf & separation_bit) != 0 ? 1 : 0;
  if (differs(autn.mac, milenage_.mac_a(temp, keys.opc, sqn, autn.amf)) != 0) {
    ++findings_.bad_mac;
    return std::nullopt;  // the sequence number cannot be believed either
  }
  return Sqn{sqn >> ind_bits, static_cast<std::uint16_t>(sqn & ind_mask)};
}

void Verifier::check(const Asked& asked, const Answer& answer) {
  check_shape(asked, answer);
  const SubscriberKeys keys = keys_of(asked.subscriber);
  std::optional<Sqn> before;
  for (const AuthItem& item : answer.items) {
    ++findings_.vectors;
    const auto sqn = check_vector(item, keys);
    if (!sqn) continue;
    if (before && (sqn->seq <= before->seq || sqn->ind != before->ind)) ++findings_.bad_order;
    before = sqn;
    if (log_) {
      log_->add({asked.sent_ns, asked.received_ns, sqn->seq, asked.subscriber, answers_, sqn->ind, asked.target, 0});
    }
  }
  ++answers_;
}

void Verifier::finish() {
  if (log_) log_->finish();
}

}  // namespace bench

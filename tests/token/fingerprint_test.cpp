// SPDX-License-Identifier: Apache-2.0
// Fingerprints: the same for the same K however it came into the token, and nothing that tells of K or OPc.
#include "hsm/admin/admin_session.h"
#include "hsm/admin/host_wrap.h"
#include "recovery_fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace hsm::test {
namespace {

// Computed by Python's cryptography for the fixture's data key, K and the other K.
constexpr std::string_view of_k = "74273feed86c23dca291f68f2c40af98";
constexpr std::string_view of_other_k = "477896e93fee3e25a1e91a43e9f6eacc";

Fingerprint value(std::string_view hex) {
  Fingerprint fingerprint{};
  std::ranges::copy(octets_of(hex), fingerprint.begin());
  return fingerprint;
}

class FingerprintTest : public TokenTest {
 protected:
  FingerprintTest() { make_tokens(); }

  Fingerprint in_server(const KeyReference& reference) {
    return Pkcs11Token(server_config()).session(0).fingerprint(reference);
  }
  Fingerprint imported(const ImportConfig& config, KeyReference& reference) {
    ImportSession session(load_module(softhsm), config);
    const auto key = session.from_plain(k);
    reference.owner = "card-1";
    reference.kek_id = config.kek.id;
    reference.wrap_mechanism = config.kek.wrap_mechanism;
    reference.wrapped = session.wrap(key);
    return session.fingerprint(key);
  }
  void make_object(const std::string& label, const HeapSecret& of) {
    const AdminSession session(load_module(softhsm), server_access());
    Template wanted;
    wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_TOKEN, true);
    wanted.flag(CKA_PRIVATE, true).flag(CKA_SENSITIVE, true).flag(CKA_EXTRACTABLE, false);
    wanted.flag(CKA_ENCRYPT, true).text(CKA_LABEL, label).octets(CKA_VALUE, of.view());
    (void)session.create(wanted, label);
  }
};

TEST_F(FingerprintTest, is_what_another_implementation_computes) {
  EXPECT_EQ(in_server(provision("card-1", k, opc)), value(of_k));
  EXPECT_EQ(in_server(provision("card-2", other_k, opc)), value(of_other_k));
}

TEST_F(FingerprintTest, is_the_same_in_the_import_token_in_clear_and_under_a_transport_key) {
  const HeapSecret transport = secret_of("101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
  AdminToken(load_module(softhsm), import_access()).create_transport_key("vendor", transport);
  const auto delivered = wrap_on_host(wrap_mechanism("aes-key-wrap"), transport, k);
  ImportSession session(load_module(softhsm), import_config());
  EXPECT_EQ(session.fingerprint(session.from_plain(k)), value(of_k));
  EXPECT_EQ(session.fingerprint(session.from_transport("vendor", "aes-key-wrap", delivered)), value(of_k));
}

TEST_F(FingerprintTest, is_the_same_under_another_kek_and_another_wrap_mechanism) {
  {
    const KekSpec padded{"quintet-kek", 2, "aes-key-wrap-pad"};
    const auto module = load_module(softhsm);
    AdminToken server(module, server_access());
    const HeapSecret kek = server.random(32);
    server.create_kek(padded, KekRole::server, kek);
    AdminToken(module, import_access()).create_kek(padded, KekRole::import, kek);
  }
  ImportConfig config = import_config();
  config.kek = {"quintet-kek", 2, "aes-key-wrap-pad"};
  KeyReference reference;
  EXPECT_EQ(imported(config, reference), value(of_k));
  EXPECT_EQ(in_server(reference), value(of_k));
}

TEST_F(FingerprintTest, is_the_same_beside_another_data_key) {
  {
    const auto module = load_module(softhsm);
    AdminToken server(module, server_access());
    const HeapSecret data = server.random(32);
    server.create_data_key("quintet-opc", 2, data);
    AdminToken(module, import_access()).create_data_key("quintet-opc", 2, data);
  }
  ImportConfig config = import_config();
  config.data_key_id = 2;
  KeyReference reference;
  EXPECT_EQ(imported(config, reference), value(of_k));
  reference.data_key_id = 2;
  EXPECT_EQ(in_server(reference), value(of_k));
}

TEST_F(FingerprintTest, is_the_same_of_a_token_object) {
  make_object("sim-1", k);
  KeyReference reference;
  reference.owner = "card-1";
  reference.uri = "pkcs11:object=sim-1";
  EXPECT_EQ(in_server(reference), value(of_k));
  reference.fingerprint = octets_of(of_k);
  EXPECT_NO_THROW(Pkcs11Token(server_config()).session(0).load(reference));
  reference.fingerprint = octets_of(of_other_k);
  EXPECT_EQ(error_of([&] { Pkcs11Token(server_config()).session(0).load(reference); }).kind(), Kind::key);
}

// What such a card encrypts zeros to is its OPc.
TEST_F(FingerprintTest, does_not_come_from_opc_where_op_is_zero) {
  std::vector<std::uint8_t> blocks(32);
  for (std::size_t i = 0; i < 2; ++i) {
    constexpr std::string_view purpose = "fingerprint";
    blocks[16 * i] = static_cast<std::uint8_t>(i + 1);
    std::ranges::copy(purpose, blocks.begin() + static_cast<std::ptrdiff_t>(16 * i + 1));
    blocks[16 * i + 13] = blocks[16 * i + 14] = 1;
  }
  const auto key = aes_ecb(data_root.view(), blocks);
  const auto mac = [&](const std::vector<std::uint8_t>& input) {
    std::array<std::uint8_t, 32> out{};
    EXPECT_NE(HMAC(EVP_sha256(), key.data(), 32, input.data(), input.size(), out.data(), nullptr), nullptr);
    Fingerprint first{};
    std::copy_n(out.begin(), first.size(), first.begin());
    return first;
  };
  const std::string_view label = "quintet:card-key";
  EXPECT_EQ(mac(aes_ecb(k.view(), std::vector<std::uint8_t>(label.begin(), label.end()))), value(of_k));
  EXPECT_NE(mac(aes_ecb(k.view(), Block{})), in_server(provision("card-1", k, opc)));
}

TEST_F(FingerprintTest, of_another_key_is_refused_with_a_sentence_and_from_the_cache_too) {
  KeyReference reference = provision("card-1", k, opc);
  reference.fingerprint = octets_of(of_k);
  Pkcs11Token token(server_config());
  EXPECT_NO_THROW(token.session(0).load(reference));
  reference.fingerprint = octets_of(of_other_k);
  const Error error = error_of([&] { token.session(0).load(reference); });
  EXPECT_EQ(error.kind(), Kind::key);
  EXPECT_STREQ(error.what(),
               "credential card-1: its fingerprint is not that of its key: run quintet keys fingerprint --verify");
  EXPECT_TRUE(token.is_open()) << "one bad row closed the token";
  reference.fingerprint = octets_of(of_k);
  EXPECT_NO_THROW(token.session(0).load(reference));
}

TEST_F(FingerprintTest, that_nobody_has_taken_is_refused_with_a_sentence) {
  KeyReference reference = provision("card-1", k, opc);
  reference.fingerprint.clear();
  const Error error = error_of([&] { Pkcs11Token(server_config()).session(0).load(reference); });
  EXPECT_EQ(error.kind(), Kind::key);
  EXPECT_STREQ(error.what(), "credential card-1: it has no fingerprint: run quintet keys fingerprint");
}

TEST_F(FingerprintTest, needs_the_data_key_with_id_1) {
  std::filesystem::remove_all(tokens);
  std::filesystem::create_directory(tokens);
  make_tokens(7);
  const Error closed = error_of([&] { Pkcs11Token(server_config()).open(); });
  EXPECT_EQ(closed.kind(), Kind::config);
  EXPECT_NE(std::string(closed.what()).find("no key \"quintet-opc\" with id 1"), std::string::npos) << closed.what();
  ImportConfig config = import_config();
  config.data_key_id = 7;
  ImportSession session(load_module(softhsm), config);
  const Error refused = error_of([&] { session.fingerprint(session.from_plain(k)); });
  EXPECT_EQ(refused.kind(), Kind::config);
  EXPECT_NE(std::string(refused.what()).find("--data-key-id 1"), std::string::npos) << refused.what();
}

class FingerprintRecoveryTest : public RecoveryTest {};

TEST_F(FingerprintRecoveryTest, survives_what_a_key_survives) {
  reference.fingerprint = octets_of(of_k);
  for (const std::string fault : {"0x60", "0x82", "0x90", "0x91", "0xB3"}) {
    for (const std::string call : {"C_EncryptInit", "C_EncryptUpdate", "C_Encrypt"}) {
      TokenConfig config = server_config();
      config.sessions = call == "C_Encrypt" ? 2 : 1;
      Pkcs11Token token(config);
      token.open();
      order("fail " + call + " " + fault + " count=1");
      EXPECT_NO_THROW(expect_right(token.session(0), reference, k)) << call << " " << fault;
      order("");
    }
  }
}

// Taking the fingerprint leaves an operation active, which whoever encrypts next goes on with.
TEST_F(FingerprintRecoveryTest, leaves_nothing_that_is_in_the_way) {
  reference.fingerprint = octets_of(of_k);
  KeyReference wrong = reference;
  wrong.fingerprint = octets_of(of_other_k);
  KeyReference unknown = reference;
  unknown.kek_id = 77;
  Pkcs11Token token(server_config());
  SessionToken& session = token.session(0);
  const std::vector<std::uint8_t> right = aes_ecb(k.view(), plain), other_right = aes_ecb(other_k.view(), plain);
  const Key key = session.load(reference);
  const Key another = session.load(other);
  EXPECT_EQ(encrypt(session, key, plain), right) << "after the load of another";
  session.load(reference);
  EXPECT_EQ(encrypt(session, another, plain), other_right);
  EXPECT_EQ(error_of([&] { session.load(wrong); }).kind(), Kind::key);
  EXPECT_EQ(encrypt(session, another, plain), other_right) << "after a key that was refused";
  EXPECT_EQ(error_of([&] { session.load(unknown); }).kind(), Kind::key);
  EXPECT_EQ(octets_of(session.fingerprint(reference)), octets_of(of_k));
  Block drawn{};
  session.random(drawn);
  EXPECT_EQ(encrypt(session, key, plain), right) << "after the fingerprint of a key";
  EXPECT_EQ(token.statistics().failures, 2U);
  EXPECT_EQ(token.statistics().opened, 1U);
}

}  // namespace
}  // namespace hsm::test

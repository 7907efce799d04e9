// SPDX-License-Identifier: Apache-2.0
// Importing keys: in clear, under transport keys, with OP instead of OPc, and with each mechanism the token has.
#include "hsm/admin/admin_session.h"
#include "hsm/admin/host_wrap.h"
#include "token_fixture.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace hsm::test {
namespace {

class ImportTest : public TokenTest {
 protected:
  ImportTest() { make_tokens(); }

  KeyReference referenced(ImportSession& session, const ImportSession::Passage& key) {
    KeyReference reference{
        "card-1", 1, "aes-key-wrap", session.wrap(key), "", 1, {}, octets_of(session.fingerprint(key))};
    reference.sealed = session.seal_opc("card-1", reference.wrapped, opc);
    return reference;
  }
  // The server's token computes with K and finds OPc.
  void expect_usable(const KeyReference& reference) {
    Pkcs11Token token(server_config());
    const Key key = token.session(0).load(reference);
    const std::vector<std::uint8_t> plain(32, 0x77);
    EXPECT_EQ(encrypt(token.session(0), key, plain), aes_ecb(k.view(), plain));
    EXPECT_TRUE(equal_in_constant_time(key->companion().view(), opc.view()));
  }
  std::vector<std::uint8_t> oaep(const std::string& pem, const EVP_MD* digest, Bytes plain);
};

std::vector<std::uint8_t> ImportTest::oaep(const std::string& pem, const EVP_MD* digest, Bytes plain) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  EXPECT_EQ(EVP_PKEY_encrypt_init(context), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context, digest), 1);
  std::vector<std::uint8_t> out(512);
  std::size_t length = out.size();
  EXPECT_EQ(EVP_PKEY_encrypt(context, out.data(), &length, plain.data(), plain.size()), 1);
  out.resize(length);
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return out;
}

TEST_F(ImportTest, plain_key_reaches_the_server) {
  KeyReference reference;
  {
    ImportSession session(load_module(softhsm), import_config());
    reference = referenced(session, session.from_plain(k));
  }
  EXPECT_EQ(reference.wrapped.size(), 24U);
  EXPECT_EQ(reference.sealed.size(), 44U);
  expect_usable(reference);
}

TEST_F(ImportTest, sealing_twice_never_gives_the_same) {
  ImportSession session(load_module(softhsm), import_config());
  const auto key = session.from_plain(k);
  EXPECT_NE(referenced(session, key).sealed, referenced(session, key).sealed);
}

TEST_F(ImportTest, other_values_are_sealed_for_the_server_and_for_one_binding) {
  const HeapSecret value = secret_of("00112233445566778899aabbccddeeff");
  const std::vector<std::uint8_t> binding{0, 'x'};
  std::vector<std::uint8_t> sealed;
  {
    ImportSession session(load_module(softhsm), import_config());
    sealed = session.seal(binding, value);
    EXPECT_NE(session.seal(binding, value), sealed);
  }
  Pkcs11Token token(server_config());
  EXPECT_TRUE(equal_in_constant_time(token.session(0).unseal(1, binding, sealed).view(), value.view()));
  EXPECT_EQ(error_of([&] {
              token.session(0).unseal(1, std::array<std::uint8_t, 2>{0, 'y'}, sealed);
            }).kind(),
            Kind::key);
  EXPECT_EQ(error_of([&] { token.session(0).unseal(2, binding, sealed); }).kind(), Kind::key);
  sealed.back() ^= 1;
  EXPECT_EQ(error_of([&] { token.session(0).unseal(1, binding, sealed); }).kind(), Kind::key);
  EXPECT_TRUE(token.is_open()) << "a bad row is not the token's fault";
}

TEST_F(ImportTest, key_under_an_aes_transport_key_reaches_the_server) {
  const HeapSecret transport = secret_of("101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
  AdminToken(load_module(softhsm), import_access()).create_transport_key("vendor", transport);
  const auto delivered = wrap_on_host(wrap_mechanism("aes-key-wrap"), transport, k);
  KeyReference reference;
  {
    ImportSession session(load_module(softhsm), import_config());
    reference = referenced(session, session.from_transport("vendor", "aes-key-wrap", delivered));
  }
  expect_usable(reference);
}

TEST_F(ImportTest, key_under_an_rsa_transport_key_reaches_the_server) {
  for (const unsigned bits : {2048U, 3072U}) {
    const std::string label = "vendor-" + std::to_string(bits);
    const std::string pem = AdminToken(load_module(softhsm), import_access()).create_transport_pair(label, bits);
    const auto delivered = oaep(pem, EVP_sha1(), k.view());
    EXPECT_EQ(delivered.size(), bits / 8);
    KeyReference reference;
    {
      ImportSession session(load_module(softhsm), import_config());
      reference = referenced(session, session.from_transport(label, "rsa-oaep-sha1", delivered));
    }
    expect_usable(reference);
  }
}

TEST_F(ImportTest, damaged_or_foreign_deliveries_are_errors_of_that_key) {
  const HeapSecret transport = secret_of("101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
  AdminToken(load_module(softhsm), import_access()).create_transport_key("vendor", transport);
  const std::string pem = AdminToken(load_module(softhsm), import_access()).create_transport_pair("rsa", 2048);
  auto damaged = wrap_on_host(wrap_mechanism("aes-key-wrap"), transport, k);
  damaged[3] ^= 1;
  auto damaged_rsa = oaep(pem, EVP_sha1(), k.view());
  damaged_rsa[100] ^= 1;
  ImportSession session(load_module(softhsm), import_config());
  EXPECT_EQ(error_of([&] { session.from_transport("vendor", "aes-key-wrap", damaged); }).kind(), Kind::key);
  EXPECT_EQ(error_of([&] { session.from_transport("vendor", "aes-key-wrap", Bytes()); }).kind(), Kind::key);
  EXPECT_EQ(error_of([&] { session.from_transport("rsa", "rsa-oaep-sha1", damaged_rsa); }).kind(), Kind::key);
  EXPECT_NO_THROW(session.from_plain(k)) << "one bad delivery spoiled the session";
}

TEST_F(ImportTest, key_of_another_length_is_an_error_of_that_key) {
  const HeapSecret transport = secret_of("101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
  AdminToken(load_module(softhsm), import_access()).create_transport_key("vendor", transport);
  const auto delivered = wrap_on_host(wrap_mechanism("aes-key-wrap"), transport, HeapSecret(32));
  ImportSession session(load_module(softhsm), import_config());
  EXPECT_EQ(error_of([&] { session.from_plain(HeapSecret(15)); }).kind(), Kind::key);
  EXPECT_EQ(error_of([&] { session.wrap(session.from_transport("vendor", "aes-key-wrap", delivered)); }).kind(),
            Kind::key);
  EXPECT_EQ(error_of([&] { session.seal_opc("card-1", k.view(), HeapSecret(15)); }).kind(), Kind::key);
}

TEST_F(ImportTest, unknown_transport_keys_and_mechanisms_are_config) {
  ImportSession session(load_module(softhsm), import_config());
  EXPECT_EQ(error_of([&] { session.from_transport("nobody", "aes-key-wrap", k.view()); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { session.from_transport("nobody", "rsa-oaep-sha1", k.view()); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { session.from_transport("nobody", "des", k.view()); }).kind(), Kind::config);
}

TEST_F(ImportTest, transport_keys_are_made_once_and_do_nothing_but_unwrap) {
  const auto module = load_module(softhsm);
  {
    AdminToken token(module, import_access());
    token.create_transport_key("vendor", token.random(32));
    token.create_transport_pair("rsa", 2048);
    EXPECT_THROW(token.create_transport_key("vendor", token.random(32)), Error);
    EXPECT_THROW(token.create_transport_pair("rsa", 2048), Error);
  }
  const AdminSession session(module, import_access());
  for (const auto& [type, label] : {std::pair{CKO_SECRET_KEY, "vendor"}, std::pair{CKO_PRIVATE_KEY, "rsa"}}) {
    const Object key = session.object(session.find(type, label, std::nullopt));
    EXPECT_TRUE(key.flag(CKA_SENSITIVE) && !key.flag(CKA_EXTRACTABLE) && key.flag(CKA_UNWRAP)) << label;
    EXPECT_FALSE(key.flag(CKA_DECRYPT) || key.flag(CKA_SIGN)) << label;
    EXPECT_TRUE(key.nested_flags(CKA_UNWRAP_TEMPLATE).at(CKA_SENSITIVE)) << label;
  }
}

TEST_F(ImportTest, opc_from_op_is_that_of_ts_35_208_set_1) {
  ImportSession session(load_module(softhsm), import_config());
  const HeapSecret op = secret_of("cdc202d5123e20f62b6d676ac72cb318");
  const HeapSecret computed = session.opc_from_op(session.from_plain(k), op);
  EXPECT_TRUE(equal_in_constant_time(computed.view(), opc.view()));
  EXPECT_EQ(error_of([&] { session.opc_from_op(session.from_plain(k), HeapSecret(8)); }).kind(), Kind::key);
}

TEST_F(ImportTest, missing_kek_or_data_key_is_config) {
  ImportConfig no_kek = import_config(), no_data_key = import_config();
  no_kek.kek.id = 9;
  no_data_key.data_key_id = 9;
  const auto module = load_module(softhsm);
  EXPECT_EQ(error_of([&] { ImportSession(module, no_kek); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { ImportSession(module, no_data_key); }).kind(), Kind::config);
}

// SoftHSM's 0x210a is RFC 5649; it neither has 0x210b nor unwraps CBC, which is found out when the KEK is made.
TEST_F(ImportTest, kek_for_another_mechanism_works_or_is_refused_when_made) {
  const auto make = [&](const std::string& mechanism, std::uint16_t id) {
    const auto module = load_module(softhsm);
    const KekSpec spec{"quintet-kek", id, mechanism};
    AdminToken server(module, server_access());
    const HeapSecret value = server.random(32);
    server.create_kek(spec, KekRole::server, value);
    AdminToken(module, import_access()).create_kek(spec, KekRole::import, value);
  };
  make("aes-key-wrap-pad", 2);
  EXPECT_EQ(error_of([&] { make("aes-key-wrap-kwp", 3); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { make("aes-cbc-pad", 4); }).kind(), Kind::config);
  ImportConfig config = import_config();
  config.kek = {"quintet-kek", 2, "aes-key-wrap-pad"};
  KeyReference reference{"card-1", 2, "aes-key-wrap-pad", {}, "", 1, {}};
  {
    ImportSession session(load_module(softhsm), config);
    const auto key = session.from_plain(k);
    reference.wrapped = session.wrap(key);
    reference.fingerprint = octets_of(session.fingerprint(key));
    reference.sealed = session.seal_opc("card-1", reference.wrapped, opc);
  }
  expect_usable(reference);
}

}  // namespace
}  // namespace hsm::test

// SPDX-License-Identifier: Apache-2.0
// Subscriber keys that are token objects, named by RFC 7512 URI.
#include "hsm/admin/admin_session.h"
#include "hsm/sealed.h"
#include "hsm/token_keys.h"
#include "token_fixture.h"

namespace hsm::test {
namespace {

class TokenObjectTest : public TokenTest {
 protected:
  TokenObjectTest() {
    make_tokens();
    make_object("sim-1", {0x01, 0x02}, k, true);
    make_object("sim-2", {0x01, 0x03}, other_k, true);
    make_object("twin", {0x0a}, k, true);
    make_object("twin", {0x0b}, other_k, true);
    make_object("open", {0x0c}, k, false);
    make_object("long", {0x0d}, HeapSecret(32), true);
  }

  void make_object(const std::string& label, std::vector<std::uint8_t> id, const HeapSecret& value, bool is_guarded) {
    const AdminSession session(load_module(softhsm), server_access());
    Template wanted;
    wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_TOKEN, true);
    wanted.flag(CKA_PRIVATE, true).flag(CKA_SENSITIVE, is_guarded).flag(CKA_EXTRACTABLE, !is_guarded);
    wanted.flag(CKA_ENCRYPT, true).text(CKA_LABEL, label).octets(CKA_ID, id).octets(CKA_VALUE, value.view());
    (void)session.create(wanted, label);
  }
  KeyReference referenced(const std::string& uri) {
    KeyReference reference;
    reference.owner = "card-1";
    reference.uri = uri;
    reference.data_key_id = 1;
    reference.fingerprint = octets_of(Pkcs11Token(server_config()).session(0).fingerprint(reference));
    const auto* text = reinterpret_cast<const std::uint8_t*>(uri.data());
    ImportSession session(load_module(softhsm), import_config());
    reference.sealed = session.seal_opc("card-1", Bytes(text, uri.size()), opc);
    return reference;
  }
  void expect_found(const std::string& uri, const HeapSecret& value) {
    const KeyReference reference = referenced(uri);
    Pkcs11Token token(server_config());
    const Key key = token.session(0).load(reference);
    const std::vector<std::uint8_t> plain(64, 0x21);
    EXPECT_EQ(encrypt(token.session(0), key, plain), aes_ecb(value.view(), plain)) << uri;
    EXPECT_TRUE(equal_in_constant_time(key->companion().view(), opc.view()));
  }
  Error refusal_of(const std::string& uri) {
    KeyReference reference;
    reference.owner = "card-1";
    reference.uri = uri;
    reference.fingerprint.resize(fingerprint_octets);
    Pkcs11Token token(server_config());
    return error_of([&] { token.session(0).load(reference); });
  }
};

TEST_F(TokenObjectTest, is_found_by_label_by_id_and_by_both) {
  expect_found("pkcs11:object=sim-1", k);
  expect_found("pkcs11:id=%01%03", other_k);
  expect_found("pkcs11:token=server;object=twin;id=%0B;type=secret-key", other_k);
}

TEST_F(TokenObjectTest, is_refused_with_a_reason) {
  for (const char* uri :
       {"pkcs11:object=nobody", "pkcs11:object=twin", "pkcs11:object=sim-1;id=%FF", "pkcs11:object=long",
        "pkcs11:token=elsewhere;object=sim-1", "pkcs11:object=sim-1;type=cert", "pkcs11:token=server",
        "pkcs11:object=sim-1;x-what=1", "http://example.org/", "pkcs11:object=%ZZ"}) {
    const Error error = refusal_of(uri);
    EXPECT_EQ(error.kind(), Kind::key) << uri;
    EXPECT_TRUE(std::string_view(error.what()).starts_with("credential card-1: ")) << error.what();
  }
}

TEST_F(TokenObjectTest, no_pin_is_taken_or_printed) {
  for (const char* uri : {"pkcs11:object=sim-1?pin-value=geheim", "pkcs11:object=sim-1?pin-source=/geheim",
                          "pkcs11:object=sim-1?PIN-VALUE=geheim", "pkcs11:object=sim-1;pinfile=geheim",
                          "pkcs11:object=sim-1?pin%2Dvalue=geheim", "pkcs11:object=sim-1?pin-value=%geheim"}) {
    const Error error = refusal_of(uri);
    EXPECT_EQ(error.kind(), Kind::key) << uri;
    EXPECT_TRUE(std::string_view(error.what()).starts_with("credential card-1: its key_uri ")) << error.what();
    EXPECT_EQ(std::string_view(error.what()).find("geheim"), std::string_view::npos) << error.what();
  }
}

TEST_F(TokenObjectTest, that_could_be_read_is_refused) {
  EXPECT_EQ(refusal_of("pkcs11:object=open").kind(), Kind::config);
}

TEST_F(TokenObjectTest, is_not_destroyed_with_its_last_owner) {
  const KeyReference reference = referenced("pkcs11:object=sim-1");
  TokenConfig config = server_config();
  config.cache = 0;
  Pkcs11Token token(config);
  for (int i = 0; i < 3; ++i) EXPECT_NE(token.session(0).load(reference), nullptr);
  EXPECT_EQ(token.statistics().destroyed, 0U);
  EXPECT_EQ(token.statistics().unwraps, 0U);
}

TEST_F(TokenObjectTest, companion_is_bound_to_the_text_of_the_uri) {
  KeyReference reference = referenced("pkcs11:object=sim-1");
  reference.uri = "pkcs11:object=sim-2";
  Pkcs11Token token(server_config());
  EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::key);
}

TEST_F(TokenObjectTest, kek_and_data_key_are_no_subscriber_keys) {
  EXPECT_EQ(refusal_of("pkcs11:object=quintet-kek").kind(), Kind::key);
  EXPECT_EQ(refusal_of("pkcs11:object=quintet-opc").kind(), Kind::key);
}

}  // namespace
}  // namespace hsm::test

// SPDX-License-Identifier: Apache-2.0
// Creating transport keys and unwrapping with them.
#include "hsm/admin/transport.h"

#include "hsm/cryptoki_error.h"
#include "hsm/wrap_mechanism.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <memory>

namespace hsm {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

struct Oaep {
  std::string_view name;
  CK_MECHANISM_TYPE hash;
  CK_RSA_PKCS_MGF_TYPE mask;
};
constexpr std::array oaep_rows{Oaep{"rsa-oaep-sha1", CKM_SHA_1, CKG_MGF1_SHA1},
                               Oaep{"rsa-oaep-sha256", CKM_SHA256, CKG_MGF1_SHA256}};

const Oaep* oaep(std::string_view name) {
  for (const Oaep& row : oaep_rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string public_key_pem(Bytes modulus, Bytes exponent) {
  const std::unique_ptr<BIGNUM, Freed<BN_free>> n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const std::unique_ptr<BIGNUM, Freed<BN_free>> e(
      BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  const bool made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  const std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(raw);
  const std::unique_ptr<BIO, Freed<BIO_free_all>> memory(BIO_new(BIO_s_mem()));
  if (!made || PEM_write_bio_PUBKEY(memory.get(), key.get()) != 1) {
    throw Error(Kind::device, "", 0, "OpenSSL could not write the public transport key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void refuse_second(const AdminSession& session, CK_OBJECT_CLASS type, const std::string& label) {
  if (session.find(type, label, std::nullopt) == CK_INVALID_HANDLE) return;
  throw Error(Kind::config, "", 0, fmt::format("a key \"{}\" exists already", label));
}

// What both kinds of unwrapping key have.
void add_unwrap_only(Template& wanted, const std::string& label, Template& forced) {
  wanted.flag(CKA_TOKEN, true)
      .flag(CKA_PRIVATE, true)
      .flag(CKA_SENSITIVE, true)
      .flag(CKA_EXTRACTABLE, false)
      .flag(CKA_UNWRAP, true)
      .flag(CKA_DECRYPT, false)
      .flag(CKA_SIGN, false)
      .text(CKA_LABEL, label)
      .list(CKA_UNWRAP_TEMPLATE, forced);
}

Temporary unwrap(const AdminSession& session, CK_OBJECT_HANDLE key, CK_MECHANISM mechanism, Bytes encrypted) {
  Template wanted;
  add_passing_attributes(wanted);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  check(session.functions().C_UnwrapKey(session.get(), &mechanism, key,
                                        const_cast<std::uint8_t*>(encrypted.data()),  // read only
                                        encrypted.size(), wanted.data(), wanted.size(), &handle),
        "C_UnwrapKey", "a delivered key");
  return {session, handle};
}

CK_OBJECT_HANDLE transport_key(const AdminSession& session, CK_OBJECT_CLASS type, const std::string& label) {
  const CK_OBJECT_HANDLE key = session.find(type, label, std::nullopt);
  if (key == CK_INVALID_HANDLE) {
    throw Error(Kind::config, "", 0, fmt::format("no transport key \"{}\" of that kind in the token", label));
  }
  return key;
}

}  // namespace

void add_passing_attributes(Template& wanted) {
  wanted.number(CKA_CLASS, CKO_SECRET_KEY)
      .number(CKA_KEY_TYPE, CKK_AES)
      .flag(CKA_TOKEN, false)
      .flag(CKA_PRIVATE, true)
      .flag(CKA_SENSITIVE, true)
      .flag(CKA_EXTRACTABLE, true)
      .flag(CKA_ENCRYPT, true)
      .flag(CKA_DECRYPT, false)
      .flag(CKA_WRAP, false)
      .flag(CKA_UNWRAP, false)
      .flag(CKA_SIGN, false)
      .flag(CKA_DERIVE, false);
}

void create_transport_key(const AdminSession& session, const std::string& label, const HeapSecret& value) {
  refuse_second(session, CKO_SECRET_KEY, label);
  Template forced;
  add_passing_attributes(forced);
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).octets(CKA_VALUE, value.view());
  add_unwrap_only(wanted, label, forced);
  wanted.flag(CKA_ENCRYPT, false).flag(CKA_WRAP, false).flag(CKA_VERIFY, false).flag(CKA_DERIVE, false);
  wanted.flag(CKA_MODIFIABLE, false).flag(CKA_COPYABLE, false);
  const std::string what = fmt::format("transport key \"{}\"", label);
  Temporary key(session, session.create(wanted, what));
  session.insist_on_flags(key.get(), wanted, what);
  key.release();
}

std::string create_transport_pair(const AdminSession& session, const std::string& label, unsigned bits) {
  refuse_second(session, CKO_PRIVATE_KEY, label);
  constexpr std::array<std::uint8_t, 3> exponent{1, 0, 1};
  Template forced;
  add_passing_attributes(forced);
  Template open;
  open.flag(CKA_TOKEN, true).flag(CKA_PRIVATE, false).flag(CKA_WRAP, true).flag(CKA_ENCRYPT, false);
  open.flag(CKA_VERIFY, false).text(CKA_LABEL, label).number(CKA_MODULUS_BITS, bits);
  open.octets(CKA_PUBLIC_EXPONENT, exponent);
  Template guarded;
  add_unwrap_only(guarded, label, forced);
  CK_MECHANISM generate{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
  const std::string what = fmt::format("transport key \"{}\"", label);
  check(session.functions().C_GenerateKeyPair(session.get(), &generate, open.data(), open.size(), guarded.data(),
                                              guarded.size(), &public_key, &private_key),
        "C_GenerateKeyPair", what);
  Temporary made(session, private_key);
  session.insist_on_flags(private_key, guarded, what);
  made.release();
  const Object key = session.object(public_key);
  return public_key_pem(key.octets(CKA_MODULUS).value(), key.octets(CKA_PUBLIC_EXPONENT).value());
}

std::vector<std::string> transport_labels(const AdminSession& session, CK_OBJECT_CLASS type) {
  Template wanted;
  wanted.number(CKA_CLASS, type).flag(CKA_TOKEN, true).flag(CKA_UNWRAP, true);
  std::vector<std::string> labels;
  for (const CK_OBJECT_HANDLE handle : find_objects(session.functions(), session.get(), wanted)) {
    labels.push_back(session.object(handle).text(CKA_LABEL));
  }
  std::ranges::sort(labels);
  return labels;
}

Temporary unwrap_delivered(const AdminSession& session, const std::string& label, std::string_view mechanism,
                           Bytes encrypted) {
  if (const Oaep* row = oaep(mechanism)) {
    CK_RSA_PKCS_OAEP_PARAMS parameters{row->hash, row->mask, CKZ_DATA_SPECIFIED, nullptr, 0};
    return unwrap(session, transport_key(session, CKO_PRIVATE_KEY, label),
                  {CKM_RSA_PKCS_OAEP, &parameters, sizeof parameters}, encrypted);
  }
  const WrapCall call(wrap_mechanism(mechanism), encrypted);
  return unwrap(session, transport_key(session, CKO_SECRET_KEY, label), call.mechanism, call.body);
}

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module that passes every call on to the module named by QUINTET_SHIM_MODULE and does on the way what the
// file named by QUINTET_SHIM_CONTROL orders. With QUINTET_SHIM_SEPARATE set, every caller but the first gets an
// instance of its own, as proxies do.
#include "control.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

CK_FUNCTION_LIST* real_list() {
  const char* path = std::getenv("QUINTET_SHIM_MODULE");
  void* module = path == nullptr ? nullptr : ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CK_FUNCTION_LIST* list = nullptr;
  if (module != nullptr) {
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module, "C_GetFunctionList"));
    if (get != nullptr) get(&list);
  }
  if (list == nullptr) std::fprintf(stderr, "p11shim: QUINTET_SHIM_MODULE does not name a PKCS#11 module\n");
  return list;
}

// Made at the first call and kept: the module stays loaded as long as the process.
struct Shim {
  CK_FUNCTION_LIST* real = real_list();
  p11shim::Control control{std::getenv("QUINTET_SHIM_CONTROL") == nullptr ? "" : std::getenv("QUINTET_SHIM_CONTROL")};
  std::array<std::atomic<bool>, 2> is_initialised{};
  std::shared_mutex calls;  // SoftHSM does not survive that sessions are closed under calls in them
};

Shim& shim() {
  static Shim the_shim;
  return the_shim;
}

bool is_separate() { return std::getenv("QUINTET_SHIM_SEPARATE") != nullptr; }

void close_all_sessions() {
  CK_ULONG count = 0;
  const CK_FUNCTION_LIST& real = *shim().real;
  const std::unique_lock alone(shim().calls);
  if (real.C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) return;
  std::vector<CK_SLOT_ID> slots(count);
  if (real.C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) return;
  for (const CK_SLOT_ID slot : slots) real.C_CloseAllSessions(slot);
}

template <typename... Others>
void close_session_of(CK_SESSION_HANDLE session, Others... /*others*/) {
  const std::unique_lock alone(shim().calls);
  shim().real->C_CloseSession(session);
}
template <typename... Others>
void close_session_of(Others... /*others*/) {}

template <std::size_t N>
struct Name {
  constexpr Name(const char (&from)[N]) { std::copy(from, from + N, text); }
  char text[N]{};
};

template <typename... Arguments>
constexpr bool takes_template = (std::is_same_v<Arguments, CK_ATTRIBUTE*> || ...);

template <typename... Arguments>
constexpr std::size_t template_place() {
  constexpr std::array<bool, sizeof...(Arguments)> is_template{std::is_same_v<Arguments, CK_ATTRIBUTE*>...};
  return static_cast<std::size_t>(std::find(is_template.begin(), is_template.end(), true) - is_template.begin());
}

template <bool second, Name name, auto member, typename Signature>
struct Wrapped;

template <bool second, Name name, auto member, typename... Arguments>
struct Wrapped<second, name, member, CK_RV (*)(Arguments...)> {
  static CK_RV call(Arguments... arguments) {
    constexpr std::string_view function(name.text);
    std::atomic<bool>& is_initialised = shim().is_initialised[second ? 1 : 0];
    if (function == "C_Initialize") is_initialised = true;
    if (is_separate() && !is_initialised) return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (function == "C_Finalize") is_initialised = false;
    const auto instead = shim().control.before(function);
    if (function != "C_Initialize" && shim().control.must_invalidate()) close_all_sessions();
    if (instead) return *instead;
    if (shim().control.must_close_session(function)) close_session_of(arguments...);
    const std::shared_lock beside_others(shim().calls);
    if constexpr ((std::is_same_v<Arguments, CK_TOKEN_INFO*> || ...)) {
      return with_flags(function, arguments...);
    } else if constexpr (takes_template<Arguments...>) {
      return with_changes(function, arguments...);
    } else {
      return (shim().real->*member)(arguments...);
    }
  }

  static CK_RV with_flags(std::string_view function, Arguments... arguments) {
    const CK_RV rv = (shim().real->*member)(arguments...);
    CK_FLAGS& flags = std::get<CK_TOKEN_INFO*>(std::tuple(arguments...))->flags;
    for (const auto& change : shim().control.changes(function)) {
      flags = change.value.value_or(0) != 0 ? flags | change.type : flags & ~change.type;
    }
    return rv;
  }

  // Where the call takes a template, the row behind it is its length: both are replaced by the altered ones.
  static CK_RV with_changes(std::string_view function, Arguments... arguments) {
    std::tuple<Arguments...> all(arguments...);
    constexpr std::size_t place = template_place<Arguments...>();
    std::vector<CK_ATTRIBUTE> rows(std::get<place>(all), std::get<place>(all) + std::get<place + 1>(all));
    const auto changes = shim().control.changes(function);
    if (function == "C_GetAttributeValue") {
      const CK_RV rv = std::apply(shim().real->*member, all);
      for (const auto& change : changes) {
        for (const CK_ATTRIBUTE& row : rows) {
          if (row.type == change.type && row.pValue != nullptr) *static_cast<CK_BBOOL*>(row.pValue) = *change.value;
        }
      }
      return rv;
    }
    for (const auto& change : changes) {
      if (!change.value) std::erase_if(rows, [&](const CK_ATTRIBUTE& row) { return row.type == change.type; });
      for (CK_ATTRIBUTE& row : rows) {
        if (row.type == change.type) row.pValue = const_cast<unsigned char*>(&*change.value);  // the C API is not const
      }
    }
    if (!changes.empty()) {
      std::get<place>(all) = rows.data();
      std::get<place + 1>(all) = rows.size();
    }
    return std::apply(shim().real->*member, all);
  }
};

template <bool second>
CK_FUNCTION_LIST make_list(CK_C_GetFunctionList get_list) {  // lint: table of the calls that can be tampered with
  CK_FUNCTION_LIST list = *shim().real;
#define WRAP(f) list.f = &Wrapped<second, #f, &CK_FUNCTION_LIST::f, decltype(CK_FUNCTION_LIST::f)>::call
  WRAP(C_Initialize);
  WRAP(C_Finalize);
  WRAP(C_GetInfo);
  WRAP(C_GetSlotList);
  WRAP(C_GetSlotInfo);
  WRAP(C_GetTokenInfo);
  WRAP(C_GetMechanismList);
  WRAP(C_GetMechanismInfo);
  WRAP(C_InitToken);
  WRAP(C_InitPIN);
  WRAP(C_SetPIN);
  WRAP(C_OpenSession);
  WRAP(C_CloseSession);
  WRAP(C_CloseAllSessions);
  WRAP(C_GetSessionInfo);
  WRAP(C_Login);
  WRAP(C_Logout);
  WRAP(C_CreateObject);
  WRAP(C_CopyObject);
  WRAP(C_DestroyObject);
  WRAP(C_GetObjectSize);
  WRAP(C_GetAttributeValue);
  WRAP(C_SetAttributeValue);
  WRAP(C_FindObjectsInit);
  WRAP(C_FindObjects);
  WRAP(C_FindObjectsFinal);
  WRAP(C_EncryptInit);
  WRAP(C_Encrypt);
  WRAP(C_EncryptUpdate);
  WRAP(C_EncryptFinal);
  WRAP(C_GenerateKey);
  WRAP(C_GenerateKeyPair);
  WRAP(C_WrapKey);
  WRAP(C_UnwrapKey);
  WRAP(C_DeriveKey);
  WRAP(C_SeedRandom);
  WRAP(C_GenerateRandom);
#undef WRAP
  list.C_GetFunctionList = get_list;
  return list;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  if (list == nullptr) return CKR_ARGUMENTS_BAD;
  if (shim().real == nullptr) return CKR_GENERAL_ERROR;
  static CK_FUNCTION_LIST first = make_list<false>(&C_GetFunctionList);
  static CK_FUNCTION_LIST second = make_list<true>(&C_GetFunctionList);
  static std::atomic<int> callers{0};
  *list = is_separate() && callers++ > 0 ? &second : &first;
  return CKR_OK;
}

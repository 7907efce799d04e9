// SPDX-License-Identifier: Apache-2.0
// Loading a module through libp11, getting at its function list, and choosing a slot.
#include "hsm/module.h"

#include "hsm/cryptoki_error.h"
#include "hsm/softhsm_fault.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <spdlog/fmt/fmt.h>

#include <span>

namespace hsm {
namespace {

// The module stays mapped for the life of the process: software tokens do not survive being unmapped while OpenSSL
// still knows of them.
CK_FUNCTION_LIST* function_list_of(const std::string& path) {
  ::dlerror();
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    throw Error(Kind::config, "dlopen", 0, fmt::format("PKCS#11 module {}: {}", path, ::dlerror()));
  }
  const auto get_function_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_function_list != nullptr) check(get_function_list(&functions), "C_GetFunctionList", path);
  ::dlclose(library);
  if (functions == nullptr) {
    throw Error(Kind::config, "dlsym", 0, fmt::format("{} is not a PKCS#11 module: no C_GetFunctionList in it", path));
  }
  return functions;
}

bool is_initialised(const CK_FUNCTION_LIST& functions) {
  CK_ULONG count = 0;
  return functions.C_GetSlotList(CK_FALSE, nullptr, &count) != CKR_CRYPTOKI_NOT_INITIALIZED;
}

bool holds(const PKCS11_SLOT& slot, std::string_view label, std::string_view serial) {
  if (slot.token == nullptr || slot.token->initialized == 0) return false;
  if (slot.token->label == nullptr || label != slot.token->label) return false;
  return serial.empty() || (slot.token->serialnr != nullptr && serial == slot.token->serialnr);
}

// The module's own word for a file that it cannot read says nothing.
[[noreturn]] void fail_to_initialise(const std::string& path) {
  const std::string fault = softhsm_fault(path);
  if (fault.empty()) fail_from_libp11("C_Initialize", path);
  ERR_clear_error();
  throw Error(Kind::config, "C_Initialize", 0, fault);
}

std::string described(std::string_view label, std::string_view serial) {
  return serial.empty() ? fmt::format("\"{}\"", label) : fmt::format("\"{}\" with serial {}", label, serial);
}

}  // namespace

void fail_from_libp11(std::string_view call, std::string_view about) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const bool from_module = error != 0 && ERR_GET_LIB(error) == ERR_get_CKR_code();
  if (from_module) fail(static_cast<CK_RV>(ERR_GET_REASON(error)), call, about);
  throw Error(Kind::device, std::string(call), 0,
              fmt::format("{}{}{}: failed in libp11 (error {:#x})", call, about.empty() ? "" : " of ", about, error));
}

Module::Module(const std::string& path, Leftover leftover) : path_(path), functions_(function_list_of(path)) {
  initialise(leftover);
  if (PKCS11_enumerate_slots(context_.get(), &slots_, &slot_count_) != 0) fail_from_libp11("C_GetSlotList", path_);
}

// Finalises before libp11 does, which would first have the sessions of each slot closed.
Module::~Module() {
  functions_->C_Finalize(nullptr);
  if (slots_ != nullptr) PKCS11_release_all_slots(context_.get(), slots_, slot_count_);
}

void Module::initialise(Leftover leftover) {
  if (is_initialised(*functions_)) {
    if (leftover == Leftover::refuse) {
      throw Error(Kind::config, "C_Initialize", CKR_CRYPTOKI_ALREADY_INITIALIZED,
                  fmt::format("PKCS#11 module {} is in use by another part of this process, which closing it would "
                              "cut off",
                              path_));
    }
    functions_->C_Finalize(nullptr);  // its result changes nothing: loading tells whether it can be used
  }
  PKCS11_CTX* context = PKCS11_CTX_new();
  if (context == nullptr) throw Error(Kind::device, "PKCS11_CTX_new", 0, "libp11 gave no context");
  if (PKCS11_CTX_load(context, path_.c_str()) != 0) {
    PKCS11_CTX_free(context);
    fail_to_initialise(path_);
  }
  context_.reset(context);
  if (!is_initialised(*functions_)) {
    throw Error(Kind::config, "C_GetFunctionList", CKR_CRYPTOKI_NOT_INITIALIZED,
                fmt::format("PKCS#11 module {} gives each caller an instance of its own, so libp11's login does not "
                            "reach the function list; name the token's own module instead of a proxy",
                            path_));
  }
}

PKCS11_SLOT& Module::slot_of(std::string_view label, std::string_view serial) const {
  PKCS11_SLOT* found = nullptr;
  for (PKCS11_SLOT& slot : std::span(slots_, slot_count_)) {
    if (!holds(slot, label, serial)) continue;
    if (found != nullptr) {
      throw Error(
          Kind::config, "C_GetSlotList", 0,
          fmt::format("several tokens are labelled {} in {}; name one by its serial", described(label, serial), path_));
    }
    found = &slot;
  }
  if (found == nullptr) {
    throw Error(
        Kind::config, "C_GetSlotList", 0,
        fmt::format("no initialised token is labelled {} in {}; {}", described(label, serial), path_, labels()));
  }
  return *found;
}

std::string Module::labels() const {
  std::string fault = softhsm_fault(path_);
  if (!fault.empty()) return fault;
  std::string all;
  for (const PKCS11_SLOT& slot : std::span(slots_, slot_count_)) {
    if (slot.token == nullptr || slot.token->initialized == 0 || slot.token->label == nullptr) continue;
    all += fmt::format("{}\"{}\" with serial {}", all.empty() ? "" : ", ", slot.token->label,
                       slot.token->serialnr == nullptr ? "none" : slot.token->serialnr);
  }
  return all.empty() ? "it holds no initialised token; make one: quintet token init" : "there are: " + all;
}

bool Module::has_token(std::string_view label) const {
  for (const PKCS11_SLOT& slot : std::span(slots_, slot_count_)) {
    if (holds(slot, label, {})) return true;
  }
  return false;
}

PKCS11_SLOT& Module::blank_slot() const {
  for (PKCS11_SLOT& slot : std::span(slots_, slot_count_)) {
    if (slot.token != nullptr && slot.token->initialized == 0) return slot;
  }
  throw Error(Kind::config, "C_GetSlotList", 0, fmt::format("no slot with an uninitialised token in {}", path_));
}

}  // namespace hsm

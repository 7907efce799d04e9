// SPDX-License-Identifier: Apache-2.0
// The table of Cryptoki return values: name and kind, and the calls that give a value another kind.
#include "hsm/cryptoki_error.h"

#include "hsm/error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

namespace hsm {
namespace {

struct Row {
  CK_RV rv;
  std::string_view name;
  Kind kind;
};

#define ROW(code, kind) \
  Row { CKR_##code, "CKR_" #code, Kind::kind }
constexpr std::array rows{
    ROW(HOST_MEMORY, device),
    ROW(SLOT_ID_INVALID, config),
    ROW(GENERAL_ERROR, device),
    ROW(FUNCTION_FAILED, device),
    ROW(ARGUMENTS_BAD, config),
    ROW(NEED_TO_CREATE_THREADS, config),
    ROW(CANT_LOCK, config),
    ROW(ATTRIBUTE_READ_ONLY, config),
    ROW(ATTRIBUTE_SENSITIVE, config),
    ROW(ATTRIBUTE_TYPE_INVALID, config),
    ROW(ATTRIBUTE_VALUE_INVALID, config),
    ROW(ACTION_PROHIBITED, config),
    ROW(DATA_INVALID, key),
    ROW(DATA_LEN_RANGE, key),
    ROW(DEVICE_ERROR, device),
    ROW(DEVICE_MEMORY, device),
    ROW(DEVICE_REMOVED, device),
    ROW(ENCRYPTED_DATA_INVALID, key),
    ROW(ENCRYPTED_DATA_LEN_RANGE, key),
    ROW(FUNCTION_CANCELED, device),
    ROW(FUNCTION_NOT_SUPPORTED, config),
    ROW(FUNCTION_REJECTED, device),
    ROW(KEY_HANDLE_INVALID, stale),
    ROW(KEY_SIZE_RANGE, key),
    ROW(KEY_TYPE_INCONSISTENT, stale),
    ROW(KEY_FUNCTION_NOT_PERMITTED, config),
    ROW(KEY_NOT_WRAPPABLE, config),
    ROW(KEY_UNEXTRACTABLE, config),
    ROW(MECHANISM_INVALID, config),
    ROW(MECHANISM_PARAM_INVALID, config),
    ROW(OBJECT_HANDLE_INVALID, stale),
    ROW(OPERATION_ACTIVE, session),
    ROW(OPERATION_NOT_INITIALIZED, session),
    ROW(PIN_INCORRECT, pin),
    ROW(PIN_INVALID, pin),
    ROW(PIN_LEN_RANGE, pin),
    ROW(PIN_EXPIRED, pin),
    ROW(PIN_LOCKED, pin),
    ROW(PIN_TOO_WEAK, pin),
    ROW(SESSION_CLOSED, session),
    ROW(SESSION_COUNT, device),
    ROW(SESSION_HANDLE_INVALID, session),
    ROW(SESSION_PARALLEL_NOT_SUPPORTED, config),
    ROW(SESSION_READ_ONLY, config),
    ROW(SESSION_EXISTS, config),
    ROW(SESSION_READ_ONLY_EXISTS, config),
    ROW(SESSION_READ_WRITE_SO_EXISTS, config),
    ROW(TEMPLATE_INCOMPLETE, config),
    ROW(TEMPLATE_INCONSISTENT, config),
    ROW(TOKEN_NOT_PRESENT, device),
    ROW(TOKEN_NOT_RECOGNIZED, config),
    ROW(TOKEN_WRITE_PROTECTED, config),
    Row{rv_unwrapping_key_handle_invalid, "CKR_UNWRAPPING_KEY_HANDLE_INVALID", Kind::device},
    ROW(UNWRAPPING_KEY_SIZE_RANGE, config),
    ROW(UNWRAPPING_KEY_TYPE_INCONSISTENT, config),
    ROW(USER_ALREADY_LOGGED_IN, session),
    ROW(USER_NOT_LOGGED_IN, session),
    ROW(USER_PIN_NOT_INITIALIZED, config),
    ROW(USER_TYPE_INVALID, config),
    ROW(USER_ANOTHER_ALREADY_LOGGED_IN, config),
    ROW(USER_TOO_MANY_TYPES, config),
    ROW(WRAPPED_KEY_INVALID, key),
    ROW(WRAPPED_KEY_LEN_RANGE, key),
    ROW(WRAPPING_KEY_HANDLE_INVALID, device),
    ROW(WRAPPING_KEY_SIZE_RANGE, config),
    ROW(WRAPPING_KEY_TYPE_INCONSISTENT, config),
    ROW(RANDOM_NO_RNG, config),
    ROW(RANDOM_SEED_NOT_SUPPORTED, config),
    ROW(BUFFER_TOO_SMALL, config),
    ROW(CRYPTOKI_NOT_INITIALIZED, device),
    ROW(CRYPTOKI_ALREADY_INITIALIZED, config),
    ROW(MUTEX_BAD, device),
    ROW(MUTEX_NOT_LOCKED, device),
};
#undef ROW

// Where the call decides. Software tokens answer a blob that fails its integrity check with a general error, and a
// handle that became another object's with whatever does not fit that object.
struct Exception {
  std::string_view call;
  CK_RV rv;
  Kind kind;
};
constexpr std::array exceptions{
    Exception{"C_UnwrapKey", CKR_GENERAL_ERROR, Kind::key},
    Exception{"C_UnwrapKey", CKR_FUNCTION_FAILED, Kind::key},
    Exception{"C_UnwrapKey", CKR_ARGUMENTS_BAD, Kind::key},
    Exception{"C_UnwrapKey", CKR_ATTRIBUTE_VALUE_INVALID, Kind::key},
    Exception{"C_UnwrapKey", CKR_MECHANISM_PARAM_INVALID, Kind::key},
    Exception{"C_UnwrapKey", CKR_OBJECT_HANDLE_INVALID, Kind::device},
    Exception{"C_UnwrapKey", CKR_KEY_HANDLE_INVALID, Kind::device},
    Exception{"C_EncryptInit", CKR_KEY_FUNCTION_NOT_PERMITTED, Kind::stale},
    Exception{"C_EncryptInit", CKR_MECHANISM_INVALID, Kind::stale},
};

const Row* find(CK_RV rv) noexcept {
  const auto row = std::find_if(rows.begin(), rows.end(), [rv](const Row& r) { return r.rv == rv; });
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

std::string_view name_of(CK_RV rv) noexcept {
  const Row* row = find(rv);
  return row == nullptr ? "unknown" : row->name;
}

Kind kind_of(std::string_view call, CK_RV rv) noexcept {
  const auto special = std::find_if(exceptions.begin(), exceptions.end(),
                                    [&](const Exception& e) { return e.rv == rv && e.call == call; });
  if (special != exceptions.end()) return special->kind;
  const Row* row = find(rv);
  return row == nullptr ? Kind::device : row->kind;
}

bool is_handle_invalid(CK_RV rv) noexcept {
  return rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID || rv == rv_unwrapping_key_handle_invalid;
}

void fail(CK_RV rv, std::string_view call, std::string_view about) {
  throw Error(kind_of(call, rv), std::string(call), rv,
              fmt::format("{}{}{}: {} ({:#x})", call, about.empty() ? "" : " of ", about, name_of(rv), rv));
}

}  // namespace hsm

// SPDX-License-Identifier: Apache-2.0
// Answers that freeDiameter makes by itself to requests that it cannot parse, completed with what ours have.
#pragma once

#include "diameter_ext/dictionary/define.h"

namespace diameter_ext {

// As long as it lives, such an answer to a request of one of our applications has Vendor-Specific-Application-Id,
// Auth-Session-State and the identities of its request (TS 29.229 6.1), and tells of a group whose content cannot be
// told apart that a length is wrong (RFC 6733 7.1.5: 5014) instead of its value.
class LibraryAnswers {
 public:
  // The dictionary must outlive this object. Throws FdError.
  explicit LibraryAnswers(const Dictionary& dictionary);
  LibraryAnswers(const LibraryAnswers&) = delete;  // freeDiameter holds its address
  LibraryAnswers& operator=(const LibraryAnswers&) = delete;
  ~LibraryAnswers();

 private:
  static void hook(fd_hook_type type, msg* answer, peer_hdr* peer, void* other, fd_hook_permsgdata* data, void* self);
  void complete(msg* answer) const;

  const Dictionary& dictionary_;
  fd_hook_hdl* handle_ = nullptr;
};

}  // namespace diameter_ext

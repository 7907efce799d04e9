// SPDX-License-Identifier: Apache-2.0
// Transport keys: under which a SIM vendor delivers K, and how a delivered K is taken into the import token.
#pragma once

#include "hsm/admin/admin_session.h"

#include <string>
#include <string_view>
#include <vector>

namespace hsm {

void create_transport_key(const AdminSession& session, const std::string& label, const HeapSecret& value);
std::string create_transport_pair(const AdminSession& session, const std::string& label, unsigned bits);

// Labels of the keys of that class which may unwrap, sorted.
std::vector<std::string> transport_labels(const AdminSession& session, CK_OBJECT_CLASS type);

// What every subscriber key is while it passes through the import token: sensitive, and extractable so that it can be
// wrapped. Transport keys force it on what they unwrap.
void add_passing_attributes(Template& wanted);

// Unwraps a delivered key with the transport key of that label, by the mechanism's name: those of the table of wrap
// mechanisms, "rsa-oaep-sha1" or "rsa-oaep-sha256". Throws Error: config, key.
Temporary unwrap_delivered(const AdminSession& session, const std::string& label, std::string_view mechanism,
                           Bytes encrypted);

}  // namespace hsm

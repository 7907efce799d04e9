// SPDX-License-Identifier: Apache-2.0
// Prints of each line the canonical forms of hss/identity.cpp, as a public and as a private identity, and "server"
// where hss/text_forms.cpp takes it for a server name; with tabs between them.
#include "hss/identity.h"
#include "hss/text_forms.h"

#include <iostream>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << hss::canonical_impu(line) << '\t' << hss::canonical_impi(line) << '\t'
              << (hss::is_server_name(line) ? "server" : "") << '\n';
  }
}

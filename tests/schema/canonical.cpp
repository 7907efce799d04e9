// Prints the canonical forms that hss/identity.cpp gives to each line: as a public identity, a tab, as a private one.
#include "hss/identity.h"

#include <iostream>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << hss::canonical_impu(line) << '\t' << hss::canonical_impi(line) << '\n';
  }
}

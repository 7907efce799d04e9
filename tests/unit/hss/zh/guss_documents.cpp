// SPDX-License-Identifier: Apache-2.0
// Writes documents of the unit tests' user security settings into a folder, for the judges of tests/unit_py.
#include "tests/support/sample_guss.h"

#include <filesystem>
#include <fstream>
#include <iostream>

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: guss_documents FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(words[1]);
  auto samples = support::sample_guss();
  samples.emplace("longest", support::longest_guss());
  for (const auto& [name, settings] : samples) {
    std::ofstream out(folder / (name + ".xml"), std::ios::binary);
    out << hss::zh::render_guss(settings, "guss-schema-of-3gpp-gaa");
    if (!out.flush()) {
      std::cerr << "cannot write " << name << '\n';
      return 1;
    }
  }
  return 0;
}

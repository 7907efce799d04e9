// SPDX-License-Identifier: Apache-2.0
// Writes documents of the unit tests' profiles into a folder, for the judges of tests/unit_py: sample_N.xml as the
// sample asks for them, the others in every form.
#include "tests/support/sample_profiles.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

constexpr std::array<std::string_view, 3> extension_names{"full", "rel7", "none"};

void write(const std::filesystem::path& file, const std::string& document) {
  std::ofstream out(file, std::ios::binary);
  out << document;
  if (!out.flush()) {
    throw std::runtime_error("cannot write " + file.string());
  }
}

void write_forms(const std::filesystem::path& folder, const std::string& name, const support::SampleProfile& profile) {
  for (std::size_t extensions = 0; extensions < extension_names.size(); ++extensions) {
    for (const bool shared : {false, true}) {
      for (const bool alias : {false, true}) {
        const std::string form =
            std::string(extension_names[extensions]) + (shared ? "_sifc" : "") + (alias ? "_alias" : "");
        write(folder / (name + "." + form + ".xml"),
              support::rendered(profile, {shared, alias, static_cast<hss::Extensions>(extensions)}));
      }
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: user_data_documents FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(words[1]);
  for (int number = 1; number <= 5; ++number) {
    const auto profile = support::sample_profile(number);
    write(folder / ("sample_" + std::to_string(number) + ".xml"),
          support::rendered(profile, support::sample_form(number)));
    write_forms(folder, "forms_" + std::to_string(number), profile);
  }
  auto pbx = support::sample_profile(3);
  pbx.user.match = hss::WildcardMatch{"sip:+99900000217@example.test", pbx.user.members[1].identity};
  write_forms(folder, "matched", pbx);
  write_forms(folder, "hard", support::hard_profile(1));
  write_forms(folder, "large", support::hard_profile(200));
  return 0;
}

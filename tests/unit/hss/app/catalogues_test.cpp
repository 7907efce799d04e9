// SPDX-License-Identifier: Apache-2.0
// The pages made from tables are those that are committed.
#include "hss/app/catalogues.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace hss::app {
namespace {

std::string committed(const std::string& page) {
  std::ifstream file(QUINTET_SOURCE_DIR "/docs/" + page);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Catalogues, committed_page_of_events_is_what_describe_prints) {
  std::ostringstream printed;
  describe_log(printed);
  EXPECT_EQ(committed("log.md"), printed.str()) << "run: quintet log describe > docs/log.md";
}

TEST(Catalogues, committed_page_of_metrics_is_what_describe_prints) {
  std::ostringstream printed;
  describe_metrics(printed);
  EXPECT_EQ(committed("metrics.md"), printed.str()) << "run: quintet metrics describe > docs/metrics.md";
}

}  // namespace
}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// Lines of log are events of the table: counted always, written within their limit.
#include "hsm/base/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace base {
namespace {

class Log : public testing::Test {
 protected:
  void SetUp() override {
    auto logger = std::make_shared<spdlog::logger>("told", std::make_shared<spdlog::sinks::ostream_sink_st>(told_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  void TearDown() override { spdlog::set_default_logger(before_); }

  [[nodiscard]] std::string told() const { return told_.str(); }
  static std::uint64_t count_of(Event event) { return event_counts().at(event.row()); }

 private:
  std::ostringstream told_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(Log, a_line_is_the_events_name_and_what_it_is_about_at_the_rows_level) {
  log(event("token_lost"), "a", "label=\"{}\" cached={}", "t", 7);
  log(event("database_connected"), "", "");
  log_at(level_enum::warn, event("token_opened"), "a", "keks={}", 1);
  EXPECT_EQ(told(), "error token_lost label=\"t\" cached=7\ninfo database_connected\nwarning token_opened keks=1\n");
}

TEST_F(Log, what_is_held_back_is_counted_and_told) {
  const auto before = count_of(event("batch_failed"));
  for (int i = 0; i < 100; ++i) {
    log(event("batch_failed"), "frequent", "n={}", i);
  }
  log(event("batch_failed"), "rare", "n=rare");
  EXPECT_EQ(count_of(event("batch_failed")) - before, 101U);
  EXPECT_EQ(told(),
            "warning batch_failed n=0\nwarning batch_failed n=1\nwarning batch_failed n=2\nwarning batch_failed n=3\n"
            "warning batch_failed n=4\nwarning batch_failed n=rare\n");
}

TEST_F(Log, one_event_takes_nothing_of_anothers_room) {
  for (int i = 0; i < 100; ++i) {
    log(event("store_failed"), "same cause", "");
  }
  log(event("work_dropped"), "same cause", "");
  EXPECT_NE(told().find("work_dropped"), std::string::npos);
}

TEST_F(Log, what_is_not_written_is_counted_and_not_put_together) {
  const auto before = count_of(event("rollback_failed"));
  log_made(
      event("rollback_failed")->level, event("rollback_failed"), [] { return ""; },
      []() -> std::string {
        ADD_FAILURE() << "debug is off";
        return "";
      });
  EXPECT_EQ(count_of(event("rollback_failed")) - before, 1U);
  EXPECT_EQ(told(), "");
}

TEST_F(Log, a_line_that_cannot_be_put_together_harms_nobody) {
  log_made(
      level_enum::err, event("stop_failed"), [] { return ""; }, []() -> std::string { throw std::bad_alloc(); });
  EXPECT_EQ(told(), "");
}

TEST(Events, stand_once_in_their_table) {
  std::set<std::string_view> names;
  for (const EventRow& row : table::events) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.what.empty()) << row.name;
  }
}

}  // namespace
}  // namespace base

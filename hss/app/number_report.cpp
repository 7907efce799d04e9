// SPDX-License-Identifier: Apache-2.0
// Lines of log about resynchronisations and refusals.
#include "hss/app/number_report.h"

#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

namespace hss::app {

void NumberReport::tell(const std::string& host, const NumberNews& news) {
  using spdlog::level::level_enum;
  const auto note = [&](level_enum level, std::string_view event, std::string_view cause, std::string_view more) {
    if (const auto held_back = limit_.pass(fmt::format("{} {}", event, cause))) {
      spdlog::log(level, "{} credential={} {} held_back={}", event, news.credential, more, *held_back);
    }
  };
  if (news.resync == ResyncNote::returned) {
    spdlog::warn("sqn_returned credential={} hint=\"as armed by quintet sqn return\"", news.credential);
  }
  if (news.over_budget) {
    note(level_enum::warn, "sqn_burst_refused", host,
         fmt::format("peer=\"{}\" reason=\"it has taken sqn.burst numbers of it\"", log_text(host)));
  } else if (!news.credential.empty() && !news.has_numbers) {
    note(level_enum::err, "credential_without_fingerprint", news.credential, "hint=\"run quintet keys fingerprint\"");
  } else if (news.is_at_ceiling) {
    note(level_enum::err, "sqn_refused", news.credential,
         "reason=\"SEQ is at its ceiling or the domain is not served\"");
  } else if (news.resync != ResyncNote::unused) {
    note(level_enum::info, fmt::format("resynchronisation result={}", name(news.resync)), host,
         fmt::format("peer=\"{}\"", log_text(host)));
  }
}

}  // namespace hss::app

// SPDX-License-Identifier: Apache-2.0
// Lines of log about resynchronisations and refusals.
#include "hss/app/number_report.h"

#include "hsm/base/log.h"
#include "hss/text_forms.h"

namespace hss::app {

void report_numbers(std::string_view host, const NumberNews& news) {
  if (news.resync == ResyncNote::returned) {
    base::log(base::event("sqn_returned"), news.credential, "credential={} hint=\"as armed by quintet sqn return\"",
              news.credential);
  }
  if (news.over_budget) {
    base::log(base::event("sqn_burst_refused"), host,
              "credential={} peer=\"{}\" reason=\"it has taken sqn.burst numbers of it\"", news.credential,
              log_text(host));
  } else if (!news.credential.empty() && !news.has_numbers) {
    base::log(base::event("credential_without_fingerprint"), news.credential,
              "credential={} hint=\"run quintet keys fingerprint\"", news.credential);
  } else if (news.is_at_ceiling) {
    base::log(base::event("sqn_refused"), news.credential,
              "credential={} reason=\"SEQ is at its ceiling or the domain is not served\"", news.credential);
  } else if (news.resync != ResyncNote::unused) {
    const std::string_view result = name(news.resync);
    base::log(base::event("resynchronisation"), fmt::format("{} {}", result, host),
              "result={} credential={} peer=\"{}\"", result, news.credential, log_text(host));
  }
}

}  // namespace hss::app

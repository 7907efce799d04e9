// Where the server listens, which peers it accepts and for whom a peer may speak.
#pragma once

#include "hss/app/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace diameter_ext {

// "*.realm" matches every host below the realm, anything else only itself; without regard to case.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view host) noexcept;

// Adds the configured addresses to freeDiameter's endpoints (its own ListenOn drops loopback) and refuses, by throwing
// hss::app::ConfigError, to offer plain Diameter on any other address unless the configuration says insecure.
void prepare_listening(const hss::app::DiameterConfig& config);

// Registers the acceptance of peers that the configuration names; once per process. Throws FdError.
void accept_peers(const hss::app::DiameterConfig& config);

// Whether a request of `origin_host` may come over the connection of `peer`: its own, or through an allowed agent.
class OriginCheck {
 public:
  explicit OriginCheck(std::vector<std::string> agents) : agents_(std::move(agents)) {}
  [[nodiscard]] bool allows(std::string_view origin_host, std::string_view peer) const noexcept;

 private:
  std::vector<std::string> agents_;
};

}  // namespace diameter_ext

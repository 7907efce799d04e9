// SPDX-License-Identifier: Apache-2.0
// RTR, PPR and what comes back, as plain values (TS 29.228 6.1.3, 6.2.2).
#pragma once

#include "hss/cx/messages.h"
#include "hss/push.h"
#include "hss/requester.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hss {

// Registration-Termination-Request (TS 29.229 6.1.9).
struct TerminationRequest {
  Requester destination;
  std::string impi;
  std::vector<std::string> associated;  // IMPIs
  std::vector<std::string> impus;
  DeregistrationReason reason{};
  std::string reason_info;  // empty: not sent
};

// Push-Profile-Request (TS 29.229 6.1.11).
struct ProfileRequest {
  Requester destination;
  std::string impi;
  std::uint32_t features = 0;  // that the document makes use of (hss/features.h); 0: none
  std::string user_data;       // XML; empty: not sent
  std::optional<ChargingInformation> charging;
  std::optional<DigestData> digest;
};

// Registration-Termination-Answer, Push-Profile-Answer.
struct PushAnswer {
  std::uint32_t vendor = 0;  // 0: `code` is a Result-Code, otherwise an Experimental-Result of this vendor
  std::uint32_t code = 0;    // 0: none came
  // Identity-with-Emergency-Registration: registrations that go on (TS 29.229 6.3.57).
  struct Emergency {
    std::string impi;
    std::string impu;
  };
  std::vector<Emergency> emergencies;
  std::string said;  // for people, where nobody has answered; empty otherwise
};

}  // namespace hss

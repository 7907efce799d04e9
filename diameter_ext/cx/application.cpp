// SPDX-License-Identifier: Apache-2.0
// The commands of Cx and their grammar (TS 29.229 6.1, 6.3), in the words of the standard. lint: table
#include "diameter_ext/cx/application.h"

#include "diameter_ext/common_grammar.h"
#include "diameter_ext/cx/location_info_codec.h"
#include "diameter_ext/cx/multimedia_auth_codec.h"
#include "diameter_ext/cx/pusher.h"
#include "diameter_ext/cx/server_assignment_codec.h"
#include "diameter_ext/cx/user_authorization_codec.h"
#include "diameter_ext/serve.h"
#include "hss/app/server.h"

#include <array>

namespace diameter_ext::cx {
namespace {

// table: TS 29.229 6.1
constexpr auto commands = std::to_array<CommandRow>({
    {300, "UAR", "User-Authorization-Request", "User-Authorization-Answer",
     request("{ User-Name } *[ Supported-Features ] { Public-Identity } { Visited-Network-Identifier } "
             "[ User-Authorization-Type ] [ UAR-Flags ]"),
     answer("*[ Supported-Features ] [ Server-Name ] [ Server-Capabilities ]"),
     serve<UserAuthorizationCodec, hss::app::Server>, UserAuthorizationCodec::repeat,
     UserAuthorizationCodec::Command::command},
    {301, "SAR", "Server-Assignment-Request", "Server-Assignment-Answer",
     request("[ User-Name ] *[ Supported-Features ] *[ Public-Identity ] [ Wildcarded-Public-Identity ] "
             "{ Server-Name } { Server-Assignment-Type } { User-Data-Already-Available } [ SCSCF-Restoration-Info ] "
             "[ Multiple-Registration-Indication ] [ Session-Priority ] [ SAR-Flags ] [ Failed-PCSCF ]"),
     answer("[ User-Name ] *[ Supported-Features ] [ User-Data ] [ Charging-Information ] [ Associated-Identities ] "
            "[ Loose-Route-Indication ] *[ SCSCF-Restoration-Info ] [ Associated-Registered-Identities ] "
            "[ Server-Name ] [ Wildcarded-Public-Identity ] [ Priviledged-Sender-Indication ] "
            "[ Allowed-WAF-WWSF-Identities ]"),
     serve<ServerAssignmentCodec, hss::app::Server>, ServerAssignmentCodec::repeat,
     ServerAssignmentCodec::Command::command},
    {302, "LIR", "Location-Info-Request", "Location-Info-Answer",
     request("[ Originating-Request ] *[ Supported-Features ] { Public-Identity } [ User-Authorization-Type ] "
             "[ Session-Priority ]"),
     answer("*[ Supported-Features ] [ Server-Name ] [ Server-Capabilities ] [ Wildcarded-Public-Identity ] "
            "[ LIA-Flags ]"),
     serve<LocationInfoCodec, hss::app::Server>, LocationInfoCodec::repeat, LocationInfoCodec::Command::command},
    {303, "MAR", "Multimedia-Auth-Request", "Multimedia-Auth-Answer",
     request("{ User-Name } *[ Supported-Features ] { Public-Identity } { SIP-Auth-Data-Item } "
             "{ SIP-Number-Auth-Items } { Server-Name }"),
     answer("[ User-Name ] *[ Supported-Features ] [ Public-Identity ] [ SIP-Number-Auth-Items ] "
            "*[ SIP-Auth-Data-Item ]"),
     serve<MultimediaAuthCodec, hss::app::Server>, MultimediaAuthCodec::repeat, MultimediaAuthCodec::Command::command},
    {304, "RTR", "Registration-Termination-Request", "Registration-Termination-Answer",
     request("{ User-Name } [ Associated-Identities ] *[ Supported-Features ] *[ Public-Identity ] "
             "{ Deregistration-Reason } [ RTR-Flags ]"),
     answer("[ Associated-Identities ] *[ Supported-Features ] *[ Identity-with-Emergency-Registration ]")},
    {305, "PPR", "Push-Profile-Request", "Push-Profile-Answer",
     request("{ User-Name } *[ Supported-Features ] [ User-Data ] [ Charging-Information ] [ SIP-Auth-Data-Item ] "
             "[ Allowed-WAF-WWSF-Identities ]"),
     answer("*[ Supported-Features ]")},
});

// table: TS 29.229 6.3
constexpr auto groups = std::to_array<GroupRow>({
    {avp("Server-Capabilities"), grammar("*[ Mandatory-Capability ] *[ Optional-Capability ] *[ Server-Name ]")},
    {avp("SIP-Auth-Data-Item"),
     grammar("[ SIP-Item-Number ] [ SIP-Authentication-Scheme ] [ SIP-Authenticate ] [ SIP-Authorization ] "
             "[ SIP-Authentication-Context ] [ Confidentiality-Key ] [ Integrity-Key ] [ SIP-Digest-Authenticate ] "
             "[ Framed-IP-Address ] [ Framed-IPv6-Prefix ] [ Framed-Interface-Id ] *[ Line-Identifier ]")},
    {avp("Deregistration-Reason"), grammar("{ Reason-Code } [ Reason-Info ]")},
    {avp("Charging-Information"),
     grammar("[ Primary-Event-Charging-Function-Name ] [ Secondary-Event-Charging-Function-Name ] "
             "[ Primary-Charging-Collection-Function-Name ] [ Secondary-Charging-Collection-Function-Name ]")},
    {avp("Supported-Features"), grammar("{ Vendor-Id } { Feature-List-ID } { Feature-List }")},
    {avp("Associated-Identities"), grammar("*[ User-Name ]")},
    {avp("SIP-Digest-Authenticate"),
     grammar("{ Digest-Realm } [ Digest-Algorithm ] { Digest-QoP } { Digest-HA1 } [ Alternate-Digest-Algorithm ] "
             "[ Alternate-Digest-HA1 ]")},
    {avp("SCSCF-Restoration-Info"),
     grammar("{ User-Name } 1*{ Restoration-Info } [ Registration-Time-Out ] [ SIP-Authentication-Scheme ]")},
    {avp("Subscription-Info"),
     grammar("{ Call-ID-SIP-Header } { From-SIP-Header } { To-SIP-Header } { Record-Route } { Contact }")},
    {avp("Associated-Registered-Identities"), grammar("*[ User-Name ]")},
    {avp("Restoration-Info"),
     grammar("{ Path } { Contact } [ Initial-CSeq-Sequence-Number ] [ Call-ID-SIP-Header ] [ Subscription-Info ] "
             "[ P-CSCF-Subscription-Info ]")},
    {avp("Identity-with-Emergency-Registration"), grammar("{ User-Name } { Public-Identity }")},
    {avp("Allowed-WAF-WWSF-Identities"),
     grammar("*[ WebRTC-Authentication-Function-Name ] *[ WebRTC-Web-Server-Function-Name ]")},
    {avp("P-CSCF-Subscription-Info"),
     grammar("{ Call-ID-SIP-Header } { From-SIP-Header } { To-SIP-Header } { Contact }")},
    {avp("Failed-PCSCF"), grammar("[ PCSCF-FQDN ] *[ PCSCF-IP-Address ]")},
});

// Pushes leave through this, as long as it lives.
class PushesOfServer final : public Asking {
 public:
  PushesOfServer(const Dictionary& dictionary, const hss::app::Config& config, hss::app::Server& server)
      : pusher_(dictionary, config.diameter.agents, hss::app::late_timeouts * config.push.timeout) {
    server.push_through(pusher_);
  }

 private:
  Pusher pusher_;
};

std::unique_ptr<Asking> start_pushes(const Dictionary& dictionary, const hss::app::Config& config,
                                     hss::app::Server& server) {
  return std::make_unique<PushesOfServer>(dictionary, config, server);
}

}  // namespace

constexpr Application application{16777216,    vendor::v3gpp, "Cx", commands, groups, repeat_features_and_identities,
                                  start_pushes};

}  // namespace diameter_ext::cx

// SPDX-License-Identifier: Apache-2.0
// The command of Zh and its grammar (TS 29.109 4.2), in the words of the standard. lint: table
#include "diameter_ext/zh/application.h"

#include "diameter_ext/common_grammar.h"
#include "diameter_ext/serve.h"
#include "diameter_ext/zh/multimedia_auth_codec.h"
#include "hss/app/server.h"

#include <array>

namespace diameter_ext::zh {
namespace {

// table: TS 29.109 4.2
constexpr auto commands = std::to_array<CommandRow>({
    {303, "MAR", "Multimedia-Auth-Request", "Multimedia-Auth-Answer",
     request("[ User-Name ] [ Public-Identity ] [ SIP-Auth-Data-Item ] [ GUSS-Timestamp ]"),
     answer("[ User-Name ] [ Public-Identity ] [ SIP-Auth-Data-Item ] [ GBA-UserSecSettings ] [ GUSS-Timestamp ]"),
     serve<MultimediaAuthCodec, hss::app::Server>, MultimediaAuthCodec::repeat, MultimediaAuthCodec::Command::command},
});

// table: TS 29.229 6.3.13
constexpr auto groups = std::to_array<GroupRow>({
    {avp("SIP-Auth-Data-Item"),
     grammar("[ SIP-Item-Number ] [ SIP-Authentication-Scheme ] [ SIP-Authenticate ] [ SIP-Authorization ] "
             "[ SIP-Authentication-Context ] [ Confidentiality-Key ] [ Integrity-Key ]")},
});

}  // namespace

constexpr Application application{16777221, vendor::v3gpp, "Zh", commands, groups, repeat_identities};

}  // namespace diameter_ext::zh

// Multimedia-Auth between AVPs and plain values: nothing but field mapping and the checks of type and length.
#pragma once

#include "diameter_ext/message.h"
#include "hss/messages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace diameter_ext {

// A request that cannot be understood: the base protocol's code and the AVP at fault (RFC 6733 7.1.5, 7.5).
struct DecodeFailure {
  std::uint32_t code = 0;
  avp* at_fault = nullptr;     // of the request; repeated in Failed-AVP
  std::optional<Avp> missing;  // an example of this one goes into Failed-AVP instead
};

using DecodedMultimediaAuth = std::variant<hss::MultimediaAuthRequest, DecodeFailure>;
DecodedMultimediaAuth decode_multimedia_auth(msg* request);

// What error answers repeat of the request so that an S-CSCF can tell whose they are; as sent.
struct Echo {
  std::string user_name;
  std::string public_identity;
};
Echo echo_of(msg* request);

// First text value of an AVP of the request (Origin-Host, say); empty when absent or not text.
std::string text_of(msg* request, std::uint32_t code, std::uint32_t vendor);

// Take the request over and give the complete answer. Throw FdError; the request is then still the caller's.
Message encode_multimedia_auth(const Dictionary& dictionary, Message& request, const Echo& echo,
                               const hss::MultimediaAuthAnswer& answer);
Message encode_failure(const Dictionary& dictionary, Message& request, const Echo& echo, const DecodeFailure& failure);

}  // namespace diameter_ext

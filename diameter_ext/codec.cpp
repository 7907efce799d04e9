// Multimedia-Auth between AVPs and plain values (TS 29.229 6.1.7, 6.1.8).
#include "diameter_ext/codec.h"

#include "hss/identity.h"

#include <algorithm>
#include <array>

namespace diameter_ext {
namespace {

namespace result {
constexpr std::uint32_t invalid_avp_value = 5004;
constexpr std::uint32_t missing_avp = 5005;
}  // namespace result

constexpr std::int32_t no_state_maintained = 1;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Codes of the text AVPs of a MAR and where they go. 3GPP's and the base's numbers do not overlap here.
using TextField = std::string hss::MultimediaAuthRequest::*;
struct TextRow {
  std::uint32_t code;
  std::uint32_t vendor;
  TextField field;
};
constexpr std::array<TextRow, 3> text_rows{{{1, 0, &hss::MultimediaAuthRequest::impi},
                                            {601, vendor_3gpp_id, &hss::MultimediaAuthRequest::impu},
                                            {602, vendor_3gpp_id, &hss::MultimediaAuthRequest::server_name}}};

std::optional<DecodeFailure> read_text(const ReceivedAvp& avp, std::string& into) {
  const auto text = avp.text();
  if (!text) {
    return DecodeFailure{result::invalid_avp_value, avp.handle, std::nullopt};
  }
  into = *text;
  return std::nullopt;
}

std::optional<DecodeFailure> read_item(const ReceivedAvp& item, hss::MultimediaAuthRequest& out) {
  bool has_scheme = false;
  for (const ReceivedAvp& child : children_of(item.handle)) {
    if (child.vendor != vendor_3gpp_id) {
      continue;
    }
    if (child.code == 608) {
      has_scheme = true;
      if (auto failure = read_text(child, out.scheme_name)) {
        return failure;
      }
    }
    if (child.code == 610) {
      const auto octets = child.octets();
      if (!octets) {
        return DecodeFailure{result::invalid_avp_value, child.handle, std::nullopt};
      }
      out.authorization.emplace(octets->begin(), octets->end());
    }
  }
  if (!has_scheme) {
    return DecodeFailure{result::missing_avp, nullptr, Avp::sip_authentication_scheme};
  }
  return std::nullopt;
}

std::optional<DecodeFailure> read_avp(const ReceivedAvp& avp, hss::MultimediaAuthRequest& out) {
  for (const TextRow& row : text_rows) {
    if (avp.code == row.code && avp.vendor == row.vendor) {
      return read_text(avp, out.*row.field);
    }
  }
  if (avp.vendor == 0 && avp.code == 264) {
    return read_text(avp, out.requester.host);
  }
  if (avp.vendor == 0 && avp.code == 296) {
    return read_text(avp, out.requester.realm);
  }
  if (avp.vendor != vendor_3gpp_id) {
    return std::nullopt;
  }
  if (avp.code == 607) {
    out.items = avp.u32().value_or(1);
  }
  return avp.code == 612 ? read_item(avp, out) : std::nullopt;
}

void add_common(const Dictionary& dictionary, msg* answer) {
  Writer writer(dictionary, answer);
  Writer application = writer.group(Avp::vendor_specific_application_id);
  application.u32(Avp::vendor_id, vendor_3gpp_id);
  application.u32(Avp::auth_application_id, cx_application_id);
  writer.i32(Avp::auth_session_state, no_state_maintained);
  writer.text(Avp::origin_host, {fd_g_config->cnf_diamid, fd_g_config->cnf_diamid_len});
  writer.text(Avp::origin_realm, {fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len});
}

void set_error_bit(msg* answer) {
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(answer, &header), "fd_msg_hdr");
  header->msg_flags |= CMD_FLAG_ERROR;
}

void add_result(const Dictionary& dictionary, msg* answer, std::uint32_t vendor, std::uint32_t code) {
  Writer writer(dictionary, answer);
  if (vendor == 0) {
    writer.u32(Avp::result_code, code);
    if (code >= 3000 && code < 4000) {  // RFC 6733 7.1.3: protocol errors, and only they, carry the E bit
      set_error_bit(answer);
    }
    return;
  }
  Writer experimental = writer.group(Avp::experimental_result);
  experimental.u32(Avp::vendor_id, vendor);
  experimental.u32(Avp::experimental_result_code, code);
}

void add_echo(const Dictionary& dictionary, msg* answer, const Echo& echo) {
  Writer writer(dictionary, answer);
  if (!echo.user_name.empty()) {
    writer.text(Avp::user_name, echo.user_name);
  }
  if (!echo.public_identity.empty()) {
    writer.text(Avp::public_identity, echo.public_identity);
  }
}

void add_items(const Dictionary& dictionary, msg* answer, const hss::MultimediaAuthAnswer& from) {
  Writer writer(dictionary, answer);
  writer.u32(Avp::sip_number_auth_items, static_cast<std::uint32_t>(from.vectors.size()));
  std::uint32_t number = 0;
  for (const auc::Vector& vector : from.vectors) {
    std::array<std::uint8_t, 32> authenticate{};  // RAND || AUTN
    const auto autn = std::copy(vector.rand.octets.begin(), vector.rand.octets.end(), authenticate.begin());
    std::copy(vector.autn.octets.begin(), vector.autn.octets.end(), autn);
    Writer item = writer.group(Avp::sip_auth_data_item);
    item.u32(Avp::sip_item_number, ++number);
    item.text(Avp::sip_authentication_scheme, from.scheme_name);
    item.octets(Avp::sip_authenticate, authenticate);
    item.octets(Avp::sip_authorization, vector.xres.octets.view());
    item.octets(Avp::confidentiality_key, vector.ck.octets.view());
    item.octets(Avp::integrity_key, vector.ik.octets.view());
  }
}

// Failed-AVP repeats the AVP as it came; freeDiameter keeps raw octets only of what it did not understand.
void add_failed(const Dictionary& dictionary, msg* answer, avp* at_fault) {
  avp_hdr* header = nullptr;
  dict_object* model = nullptr;
  check(fd_msg_avp_hdr(at_fault, &header), "fd_msg_avp_hdr");
  check(fd_msg_model(at_fault, &model), "fd_msg_model");
  if (model == nullptr || header->avp_value == nullptr) {
    return;
  }
  Writer(dictionary, answer).group(Avp::failed_avp).copy(model, *header->avp_value);
}

avp* find(msg* request, std::uint32_t code, std::uint32_t vendor) {
  for (const ReceivedAvp& child : children_of(request)) {
    if (child.code == code && child.vendor == vendor) {
      return child.handle;
    }
    if (child.vendor == vendor_3gpp_id && child.code == 612) {
      for (const ReceivedAvp& inner : children_of(child.handle)) {
        if (inner.code == code && inner.vendor == vendor) {
          return inner.handle;
        }
      }
    }
  }
  return nullptr;
}

// RFC 6733 6.2: the P bit is that of the request; the dictionary would always set it.
void copy_proxiable_bit(msg* query, msg* answer) {
  msg_hdr* from = nullptr;
  msg_hdr* to = nullptr;
  check(fd_msg_hdr(query, &from), "fd_msg_hdr");
  check(fd_msg_hdr(answer, &to), "fd_msg_hdr");
  if ((from->msg_flags & CMD_FLAG_PROXIABLE) == 0) {
    to->msg_flags &= static_cast<std::uint8_t>(~CMD_FLAG_PROXIABLE);
  }
}

// Makes the answer and has it filled. The answer owns its request and frees it too; on failure the request comes back.
template <typename Fill>
Message answer_to(Message& request, Fill fill) {
  msg* message = request.get();
  check(fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &message, 0), "fd_msg_new_answer_from_req");
  msg* const query = request.release();
  Message answer(message);
  try {
    copy_proxiable_bit(query, answer.get());
    fill(answer.get(), query);
  } catch (const FdError&) {
    fd_msg_answ_detach(answer.get());
    request.reset(query);
    throw;
  }
  return answer;
}

}  // namespace

DecodedMultimediaAuth decode_multimedia_auth(msg* request) {
  hss::MultimediaAuthRequest out;
  for (const ReceivedAvp& avp : children_of(request)) {
    if (auto failure = read_avp(avp, out)) {
      return *failure;
    }
  }
  out.requester = {lower(out.requester.host), lower(out.requester.realm)};
  out.impi = hss::canonical_impi(out.impi);
  out.impu = hss::canonical_impu(out.impu);
  return out;
}

std::string text_of(msg* request, std::uint32_t code, std::uint32_t vendor) {
  for (const ReceivedAvp& avp : children_of(request)) {
    if (avp.code == code && avp.vendor == vendor) {
      return std::string(avp.text().value_or(std::string_view{}));
    }
  }
  return {};
}

Echo echo_of(msg* request) { return {text_of(request, 1, 0), text_of(request, 601, vendor_3gpp_id)}; }

Message encode_multimedia_auth(const Dictionary& dictionary, Message& request, const Echo& echo,
                               const hss::MultimediaAuthAnswer& from) {
  return answer_to(request, [&](msg* answer, msg* query) {
    const hss::OutcomeCode& code = hss::code_of(from.outcome);
    add_common(dictionary, answer);
    add_result(dictionary, answer, code.vendor, code.code);
    add_echo(dictionary, answer, echo);
    if (from.outcome == hss::Outcome::success) {
      add_items(dictionary, answer, from);
    }
    avp* at_fault = code.failed_avp == 0 ? nullptr : find(query, code.failed_avp, vendor_3gpp_id);
    if (at_fault != nullptr) {
      add_failed(dictionary, answer, at_fault);
    }
  });
}

Message encode_failure(const Dictionary& dictionary, Message& request, const Echo& echo, const DecodeFailure& failure) {
  return answer_to(request, [&](msg* answer, msg* /*query*/) {
    add_common(dictionary, answer);
    add_result(dictionary, answer, 0, failure.code);
    add_echo(dictionary, answer, echo);
    if (failure.missing) {
      Writer(dictionary, answer).group(Avp::failed_avp).octets(*failure.missing, {});
    } else if (failure.at_fault != nullptr) {
      add_failed(dictionary, answer, failure.at_fault);
    }
  });
}

}  // namespace diameter_ext

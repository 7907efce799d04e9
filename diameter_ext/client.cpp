// SPDX-License-Identifier: Apache-2.0
// The way of a request of ours, and who may get it.
#include "diameter_ext/client.h"

#include "diameter_ext/called.h"
#include "diameter_ext/codec.h"
#include "diameter_ext/dispatch.h"
#include "hss/app/permits.h"

#include <pthread.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace diameter_ext {
namespace {

constexpr int unwanted = -100'000;  // whatever others add

// Whom freeDiameter's callbacks reach.
std::shared_mutex present;
Client* client = nullptr;

bool same_host(std::string_view a, std::string_view b) { return hss::app::matches(a, b); }

// freeDiameter's list of peers, which changes while nobody holds it.
template <typename Visit>
bool any_peer(const Visit& visit) {
  if (pthread_rwlock_rdlock(&fd_g_peers_rw) != 0) {
    return false;
  }
  bool found = false;
  for (const fd_list* item = fd_g_peers.next; item != &fd_g_peers && !found; item = item->next) {
    auto* const peer = reinterpret_cast<peer_hdr*>(const_cast<fd_list*>(item));  // the link is its first member
    found =
        fd_peer_get_state(peer) == STATE_OPEN && visit(std::string_view(peer->info.pi_diamid, peer->info.pi_diamidlen));
  }
  pthread_rwlock_unlock(&fd_g_peers_rw);
  return found;
}

// A routable request that was made here.
bool is_ours(msg* message, const msg_hdr& header) {
  DiamId_t source = nullptr;
  return (header.msg_flags & CMD_FLAG_REQUEST) != 0 && header.msg_appl != 0 &&
         fd_msg_source_get(message, &source, nullptr) == 0 && source == nullptr;
}

std::string_view destination_of(msg* message) {
  std::string_view out;
  visit_children(message, [&](const ReceivedAvp& child) {
    const bool is_it = child.which == avp("Destination-Host");
    if (is_it) {
      out = child.text().value_or(std::string_view{});
    }
    return is_it;
  });
  return out;
}

dict_object* command_of(std::uint32_t code) {
  dict_object* found = nullptr;
  check(fd_dict_search(fd_g_config->cnf_dict, DICT_COMMAND, CMD_BY_CODE_R, &code, &found, ENOENT), "fd_dict_search");
  return found;
}

}  // namespace

Client::Client(const Dictionary& dictionary, std::vector<std::string> agents, std::chrono::milliseconds patience,
               Hear hear)
    : dictionary_(dictionary),
      agents_(std::move(agents)),
      patience_(patience),
      hear_(std::move(hear)),
      born_(static_cast<std::uint32_t>(std::time(nullptr))) {
  constexpr int last_of_all = 0;
  check(fd_rt_out_register(route, this, last_of_all, &handle_), "fd_rt_out_register");
  const std::unique_lock lock(present);
  client = this;
}

Client::~Client() {
  if (handle_ != nullptr) {
    fd_rt_out_unregister(handle_, nullptr);
  }
  const std::unique_lock lock(present);
  client = nullptr;
}

bool Client::is_agent(std::string_view host) const noexcept {
  return std::ranges::any_of(agents_, [&](const std::string& one) { return hss::app::matches(one, host); });
}

bool Client::reaches(std::string_view host) const noexcept {
  return any_peer([&](std::string_view peer) { return same_host(host, peer) || is_agent(peer); });
}

Message Client::new_request(const Application& application, std::uint32_t command, const hss::Requester& destination) {
  msg* made = nullptr;
  check(fd_msg_new(command_of(command), MSGFL_ALLOC_ETEID, &made), "fd_msg_new");
  Message request(made);
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(made, &header), "fd_msg_hdr");
  header->msg_appl = application.id;
  Writer writer(dictionary_, made);
  writer.text(avp("Session-Id"), fmt::format("{};{};{}", fd_g_config->cnf_diamid, born_, ++sessions_));
  write_application(writer, application);
  writer.text(avp("Origin-Host"), {fd_g_config->cnf_diamid, fd_g_config->cnf_diamid_len});
  writer.text(avp("Origin-Realm"), {fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len});
  writer.text(avp("Destination-Host"), destination.host);
  writer.text(avp("Destination-Realm"), destination.realm);
  return request;
}

bool Client::ask(Message request, std::uint64_t key) noexcept {
  timespec until{};
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += std::chrono::ceil<std::chrono::seconds>(patience_).count();
  msg* message = request.release();
  // freeDiameter hands it back and never looks where it points to
  void* const data = reinterpret_cast<void*>(static_cast<std::uintptr_t>(key));  // NOLINT(performance-no-int-to-ptr)
  if (fd_msg_send_timeout(&message, on_answer, data, on_silence, &until) == 0) {
    return true;
  }
  fd_msg_free(message);
  return false;
}

void Client::on_answer(void* key, msg** answer) {
  const Message owner(std::exchange(*answer, nullptr));
  tell_only([&] {
    const std::shared_lock lock(present);
    if (client != nullptr) {
      client->hear_(reinterpret_cast<std::uintptr_t>(key), owner.get());
    }
  });
}

// Whoever asked has watched the clock.
void Client::on_silence(void* /*key*/, DiamId_t /*peer*/, std::size_t /*length*/, msg** request) {
  const Message owner(std::exchange(*request, nullptr));
}

// Without this freeDiameter would take any peer of the application or of the realm, and after a broken connection the
// next: what we send has a user's profile or secret in it. What cannot be judged is not sent.
int Client::route(void* opaque, msg** message, fd_list* candidates) {
  int result = ENOMEM;
  tell_only([&] {
    msg_hdr* header = nullptr;
    check(fd_msg_hdr(*message, &header), "fd_msg_hdr");
    if (!is_ours(*message, *header)) {
      result = 0;
      return;
    }
    const auto* const self = static_cast<const Client*>(opaque);
    const bool is_repeated = (header->msg_flags & CMD_FLAG_RETRANSMIT) != 0;
    const std::string_view destination = destination_of(*message);
    for (fd_list* item = candidates->next; item != candidates; item = item->next) {
      auto& candidate = *reinterpret_cast<rtd_candidate*>(item);  // the link is its first member
      const std::string_view host(candidate.diamid, candidate.diamidlen);
      if (!is_repeated && same_host(destination, host)) {
        continue;
      }
      const bool may_relay = !is_repeated && self->is_agent(host) && candidate.score > FD_SCORE_NO_DELIVERY / 2;
      candidate.score = may_relay ? FD_SCORE_LOAD_BALANCE : unwanted;
    }
    result = 0;
  });
  return result;
}

}  // namespace diameter_ext

// SPDX-License-Identifier: Apache-2.0
// The event loop of the load generator: one thread, one epoll, closed or open loop.
#include "driver.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "../lib/clock.h"

namespace bench {
namespace {

constexpr std::uint64_t tick_ns = 10 * ns_per_ms;
constexpr std::uint64_t connect_limit_ns = 15 * ns_per_s;
constexpr std::uint64_t connect_limit_each_ns = 20 * ns_per_ms;
constexpr std::ptrdiff_t most_handshakes = 8;  // at a time: no server's backlog holds a thousand
constexpr std::uint64_t goodbye_limit_ns = 2 * ns_per_s;
constexpr std::uint64_t memory_of_lost_ns = 60 * ns_per_s;
constexpr std::uint64_t silence_limit_ns = 60 * ns_per_s;
constexpr std::uint64_t first_pause_ns = 50 * ns_per_ms;
constexpr std::uint64_t longest_pause_ns = ns_per_s;
constexpr std::uint64_t handshake_limit_ns = 3 * ns_per_s;
constexpr std::uint32_t first_hop_by_hop = 1'000'000;

// What the nth request is.
Load load_of(Load load, std::uint64_t n) {
  constexpr std::array<Load, 4> registration{Load::uar, Load::mar, Load::uar, Load::sar};
  return load == Load::registration ? registration[n % registration.size()] : load;
}

std::uint32_t milliseconds_since_epoch() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
}

Names names_of(const Settings& settings, std::size_t k) {
  return {settings.name + std::to_string(k) + "." + settings.realm, settings.realm, settings.realm,
          settings.destination_host, settings.server_name};
}

}  // namespace

struct Driver::Channel {
  Channel(const Settings& settings, std::size_t k, int epoll)
      : target(static_cast<std::uint16_t>(k % settings.targets.size())),
        connection(settings.targets[target], names_of(settings, k), epoll, k) {
    if (settings.quick_ack) connection.acknowledge_at_once();
    if (settings.tls) connection.protect_with(*settings.tls);
  }

  [[nodiscard]] bool open() const { return connection.state() == Connection::State::open; }
  [[nodiscard]] bool in_handshake() const {
    return connection.state() == Connection::State::connecting || connection.state() == Connection::State::greeting;
  }

  std::uint16_t target;
  Connection connection;
  Outstanding outstanding{first_hop_by_hop};
  bool was_up = false;
  std::uint64_t retry_ns = 0;
  std::uint64_t broken_off_ns = 0;
  std::uint64_t pause_ns = first_pause_ns;
};

Driver::Driver(const Settings& settings, Verifier* verifier, const std::atomic<bool>& stop)
    : settings_(settings),
      verifier_(verifier),
      stop_(stop),
      subscribers_(settings),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      now_(now_ns()),
      born_ns_(now_),
      last_answer_ns_(now_),
      session_high_(milliseconds_since_epoch()) {
  if (epoll_ < 0) throw std::runtime_error("no epoll");
  for (std::size_t k = 0; k < settings.connections; ++k) {
    channels_.push_back(std::make_unique<Channel>(settings, k, epoll_));
  }
}

Driver::~Driver() {
  channels_.clear();
  close(epoll_);
}

Statistics Driver::run() {
  while (!finished()) {
    now_ = now_ns();
    if (now_ >= next_tick_ns_) tick();
    std::uint64_t until = next_tick_ns_;
    if (settings_.rate != 0 && may_send()) {
      send_due();
      until = std::min(until, due_time(due_sent_));
    }
    wait(until);
  }
  statistics_.measured_ns =
      measured_from_ns_ == 0 ? 0 : std::max(last_answer_ns_, measured_from_ns_) - measured_from_ns_;
  statistics_.cpu_ns = process_cpu_ns();
  say_goodbye();
  return std::move(statistics_);
}

void Driver::wait(std::uint64_t until_ns) {
  const std::uint64_t now = now_ns();
  const std::uint64_t pause = until_ns > now ? until_ns - now : 0;
  const timespec limit{static_cast<time_t>(pause / ns_per_s), static_cast<long>(pause % ns_per_s)};
  std::array<epoll_event, 64> events;
  const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    on_event(*channels_[event.data.u64], event.events);
  }
}

void Driver::on_event(Channel& channel, std::uint32_t events) {
  channel.connection.on_event(events, *this);
  if (channel.was_up && !channel.open()) return connection_lost(channel);
  if (!channel.open()) return;
  channel.was_up = true;
  channel.pause_ns = first_pause_ns;
  if (settings_.rate == 0) top_up(channel);
  channel.connection.flush();
}

void Driver::connection_lost(Channel& channel) {
  channel.was_up = false;
  channel.retry_ns = now_ + channel.pause_ns;
  channel.broken_off_ns = now_ + handshake_limit_ns;
  ++statistics_.connection_losses;
  statistics_.broken += channel.outstanding.give_up_all().measured;
}

void Driver::tick() {
  next_tick_ns_ = now_ + tick_ns;
  handshakes_ = std::ranges::count_if(channels_, [](const auto& channel) { return channel->in_handshake(); });
  for (const auto& channel : channels_) tend(*channel);
  if (begun_ns_ == 0) begin_when_ready();
}

// Time-outs, reconnection and, in the closed loop, sending again after either.
void Driver::tend(Channel& channel) {
  const std::uint64_t timeout = seconds_to_ns(settings_.timeout);
  if (now_ > timeout) statistics_.timeouts += channel.outstanding.give_up_sent_before(now_ - timeout).measured;
  if (now_ > memory_of_lost_ns) channel.outstanding.forget_sent_before(now_ - memory_of_lost_ns);
  if (channel.was_up && !channel.open()) connection_lost(channel);
  if (!channel.open() && (begun_ns_ == 0 || settings_.reconnect)) restart(channel);
  if (settings_.rate != 0 || !channel.open()) return;
  top_up(channel);
  channel.connection.flush();
}

// Tries again when the pause is over; an attempt, or a farewell, that goes on for too long is broken off.
void Driver::restart(Channel& channel) {
  const bool down = channel.connection.state() == Connection::State::down;
  if (now_ < (down ? channel.retry_ns : channel.broken_off_ns)) return;
  if (down && handshakes_ >= most_handshakes) return;
  handshakes_ += down ? 1 : 0;
  channel.connection.close();
  channel.retry_ns = now_ + channel.pause_ns;
  channel.broken_off_ns = now_ + handshake_limit_ns;
  channel.pause_ns = std::min(2 * channel.pause_ns, longest_pause_ns);
  channel.connection.start();
}

void Driver::begin_when_ready() {
  const bool patient = now_ < born_ns_ + connect_limit_ns + channels_.size() * connect_limit_each_ns;
  const auto open = std::ranges::count_if(channels_, [](const auto& channel) { return channel->open(); });
  const bool all = static_cast<std::size_t>(open) == channels_.size();
  if (!all && patient) return;
  if (!all && (open == 0 || !settings_.reconnect)) {
    const auto down = std::ranges::find_if(channels_, [](const auto& channel) { return !channel->open(); });
    throw ConnectError("connection " + (*down)->connection.names().origin_host +
                       " does not come up: " + (*down)->connection.trouble());
  }
  begun_ns_ = now_;
  last_answer_ns_ = now_;
  measured_from_ns_ = now_ + seconds_to_ns(settings_.warmup);
  for (const auto& channel : channels_) tend(*channel);
}

bool Driver::may_send() const {
  if (begun_ns_ == 0 || stop_.load(std::memory_order_relaxed)) return false;
  // In the open loop the schedule decides: what was due in time is sent, however late.
  const std::uint64_t time = settings_.rate == 0 ? now_ : due_time(due_sent_);
  if (settings_.duration > 0 && time >= measured_from_ns_ + seconds_to_ns(settings_.duration)) return false;
  const std::uint64_t again = settings_.reconnect ? statistics_.lost() : 0;
  return settings_.count == 0 || statistics_.requests < settings_.count + again;
}

bool Driver::stuck() const {
  if (settings_.reconnect) return now_ > last_answer_ns_ + silence_limit_ns;
  return std::ranges::none_of(channels_, [](const auto& channel) { return channel->open(); });
}

bool Driver::finished() const {
  if (begun_ns_ == 0) return stop_.load(std::memory_order_relaxed);
  if (stuck()) return true;
  if (may_send()) return false;
  return std::ranges::all_of(channels_, [](const auto& channel) { return channel->outstanding.waiting() == 0; });
}

void Driver::top_up(Channel& channel) {
  while (channel.outstanding.waiting() < settings_.window && may_send()) send(channel, now_ns());
}

std::uint64_t Driver::due_time(std::uint64_t number) const {
  return begun_ns_ +
         static_cast<std::uint64_t>(static_cast<double>(number) * (1e9 / static_cast<double>(settings_.rate)));
}

// Sends all requests of the schedule whose time has come, each over the next open connection.
void Driver::send_due() {
  for (; may_send() && due_time(due_sent_) <= now_; ++due_sent_) {
    std::size_t tried = 0;
    while (tried < channels_.size() && !channels_[turn_ % channels_.size()]->open()) ++turn_, ++tried;
    if (tried == channels_.size()) {
      ++statistics_.unsent;
      continue;
    }
    send(*channels_[turn_++ % channels_.size()], due_time(due_sent_));
  }
  for (const auto& channel : channels_) {
    if (channel->open() && !channel->connection.out().empty()) channel->connection.flush();
  }
}

void Driver::send(Channel& channel, std::uint64_t due_ns) {
  const std::uint32_t subscriber = settings_.load == Load::dwr ? 0 : subscribers_.next(channel.connection.tag());
  const Request request{due_ns, now_ns(), subscriber, due_ns >= measured_from_ns_};
  const std::uint32_t id = channel.outstanding.add(request);
  ++statistics_.total_requests;
  statistics_.requests += request.measured ? 1 : 0;
  Connection& connection = channel.connection;
  if (settings_.load == Load::dwr) return write_dwr(connection.out(), connection.names(), {id, id});
  subscribers_.identities(subscriber, impi_, impu_);
  session_id_ = connection.names().origin_host + ";" + std::to_string(session_high_) + ";" + std::to_string(id);
  write_request(connection, id);
}

void Driver::write_request(Connection& connection, std::uint32_t id) {
  const Ids ids{id, id + session_high_};
  const User user{session_id_, impi_, impu_};
  const auto items = static_cast<std::uint32_t>(settings_.items);
  switch (load_of(settings_.load, statistics_.total_requests)) {
    case Load::uar:
      return write_uar(connection.out(), connection.names(), ids, user);
    case Load::lir:
      return write_lir(connection.out(), connection.names(), ids, user);
    case Load::sar:
      return write_sar(connection.out(), connection.names(), ids, user);
    default:
      return write_mar(connection.out(), connection.names(), ids, {user, settings_.scheme, items});
  }
}

void Driver::answered(Connection& connection, const Header& header, Bytes message, std::uint64_t received_ns) {
  Channel& channel = *channels_[connection.tag()];
  Request request{};
  const Found found = channel.outstanding.settle(header.hop_by_hop, request);
  if (found == Found::duplicate) ++statistics_.duplicates;
  if (found == Found::unknown) ++statistics_.unknown;
  try {
    read_answer(message, answer_);
  } catch (const ProtocolError&) {
    ++statistics_.malformed;
    answer_ = {};
  }
  if (found == Found::duplicate || found == Found::unknown) return;
  statistics_.total_octets += message.size();
  statistics_.total_user_data += answer_.user_data;
  count_answer(request, found, received_ns);
  if (verifier_ != nullptr && header.command == command::multimedia_auth && answer_.is_success()) {
    verify(channel, request, received_ns);
  }
}

void Driver::count_answer(const Request& request, Found found, std::uint64_t received_ns) {
  const bool ok = answer_.is_success();
  last_answer_ns_ = received_ns;
  ++statistics_.total_answers;
  statistics_.total_ok += ok ? 1 : 0;
  if (found == Found::late) ++statistics_.late;
  if (found == Found::late || !request.measured) return;
  ++statistics_.answers;
  statistics_.results.add(answer_.result, answer_.experimental);
  const std::uint64_t latency = received_ns - request.due_ns;
  statistics_.latency.add(latency);
  if (ok) statistics_.latency_ok.add(latency);
}

void Driver::verify(const Channel& channel, const Request& request, std::uint64_t received_ns) {
  subscribers_.identities(request.subscriber, impi_, impu_);
  verifier_->check({request.subscriber, impi_, impu_, request.sent_ns, received_ns, channel.target}, answer_);
}

void Driver::say_goodbye() {
  for (const auto& channel : channels_) channel->connection.leave();
  const std::uint64_t limit = now_ns() + goodbye_limit_ns;
  const auto up = [](const auto& channel) { return channel->connection.state() == Connection::State::leaving; };
  for (now_ = now_ns(); now_ < limit && std::ranges::any_of(channels_, up); now_ = now_ns()) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      channels_[event.data.u64]->connection.on_event(event.events, *this);
    }
  }
}

}  // namespace bench

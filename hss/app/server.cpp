// SPDX-License-Identifier: Apache-2.0
// Wires stores, token, lanes and services; the only place that names concrete classes.
#include "hss/app/server.h"

#include "hsm/base/log.h"
#include "hsm/pkcs11_token.h"
#include "hsm/softhsm_fault.h"
#include "hss/app/cx/adapt.h"
#include "hss/app/cx/authentication_service.h"
#include "hss/app/cx/push_service.h"
#include "hss/app/cx/registration_service.h"
#include "hss/app/lane/lane.h"
#include "hss/app/lane/overdue.h"
#include "hss/app/lane/worker.h"
#include "hss/app/peers.h"
#include "hss/app/token_thread.h"
#include "hss/app/zh/bootstrapping_service.h"
#include "hss/pg/cx/assignment.h"
#include "hss/pg/cx/authentication.h"
#include "hss/pg/cx/lookup.h"
#include "hss/pg/cx/pushes.h"
#include "hss/pg/cx/statements.h"
#include "hss/pg/link.h"
#include "hss/pg/listener.h"
#include "hss/pg/zh/users.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds stop_patience{3000};
constexpr std::size_t secure_heap_octets = std::size_t{1} << 22U;

pg::Options store_options(const Config& config) {
  return {config.database.conninfo,
          config.database.statement_timeout,
          config.database.lock_timeout,
          config.database.connect_timeout,
          config.sqn.lead_jump,
          config.sqn.witness,
          config.sqn.policy.ind_bits,
          auc::describe(config.sqn.policy),
          config.registration.pending_max_age};
}

BatchLimits batch_limits(const Config& config) { return {config.database.batch, config.diameter.max_age}; }

NumberPolicy number_policy(const Config& config) {
  return {config.sqn.policy, config.sqn.resync_limit, config.sqn.resync_window, config.sqn.lead_jump};
}

AuthenticationSettings authentication_settings(const Config& config, std::shared_ptr<NumberBudget> budget) {
  AuthenticationSettings out;
  out.policy = {number_policy(config), config.authentication.max_items, config.authentication.accept_unknown_scheme};
  out.amf = config.authentication.amf[static_cast<std::size_t>(auc::Domain::ims)];
  out.budget = std::move(budget);
  return out;
}

BootstrappingSettings bootstrapping_settings(const Config& config, std::shared_ptr<NumberBudget> budget) {
  return {number_policy(config), config.authentication.amf[static_cast<std::size_t>(auc::Domain::gba)],
          std::move(budget), config.zh.guss_namespace};
}

// What nobody may ask needs no connection to the database.
bool is_permitted(const Config& config, Command command) {
  return std::ranges::any_of(config.diameter.permits,
                             [&](const Permit& row) { return row.commands[index_of(command)]; });
}

AssignmentConfig assignment_config(const Config& config) {
  return {{config.registration.keep_server_name}, config.registration.profiles};
}

PushSettings push_settings(const Config& config) {
  return {config.push.timeout,     config.push.window,           config.push.rate,
          config.diameter.max_age, config.registration.profiles, config.push.give_up};
}

// Over a connection of its own.
auto registration_service(const Config& config, SlowRegistrations& slow) {
  const auto link = std::make_shared<pg::Link>(store_options(config), pg::cx_statements());
  RegistrationStores stores{std::make_unique<pg::PgLookupStore>(link), std::make_unique<pg::PgAssignmentStore>(link)};
  return std::make_unique<RegistrationService>(std::move(stores), slow, assignment_config(config));
}

}  // namespace

class Server::State {
 public:
  explicit State(const Config& config)
      : config_(config),
        peers(config.diameter.peers),
        authentications(config.diameter.queue),
        inquiries(config.diameter.queue),
        assignments(config.diameter.queue),
        bootstrappings(config.diameter.queue),
        token(config.token),
        token_threads(sessions(config.token.sessions),
                      TokenCare{[this](std::size_t session) { maintain(session); },
                                [this](std::size_t session) { return token.session(session).is_broken(); },
                                [this] { return readiness(); }},
                      config.token_timeout),
        overdue(config.diameter.max_age) {
    const auto budget =
        std::make_shared<NumberBudget>(config.sqn.burst, std::chrono::milliseconds(1000) / config.sqn.refill);
    const AuthenticationSettings settings = authentication_settings(config, budget);
    const auto authentication = [&] {
      return std::make_unique<AuthenticationService>(std::make_unique<pg::PgAuthenticationStore>(store_options(config)),
                                                     token_threads, authentications, slow_authentications, settings);
    };
    const BatchLimits limits = batch_limits(config);
    for (std::size_t i = 0; i < config.database.connections; ++i) {
      add_worker(authentications, authentication(), limits);
      add_worker(inquiries, registration_service(config, slow_registrations), limits);
      add_worker(assignments, registration_service(config, slow_registrations), limits);
    }
    add_worker(slow_authentications, authentication(), limits);
    add_worker(slow_registrations, registration_service(config, slow_registrations), limits);
    if (is_permitted(config, ZhMultimediaAuth::command)) {
      add_bootstrapping(config, bootstrapping_settings(config, budget), limits);
    }
    for (std::size_t i = 0; i < command_count; ++i) {
      tallies[i] = std::make_shared<Tally>(static_cast<Command>(i));
    }
  }

  void add_bootstrapping(const Config& config, const BootstrappingSettings& settings, BatchLimits limits) {
    const auto service = [&] {
      return std::make_unique<BootstrappingService>(std::make_unique<pg::PgUserStore>(store_options(config)),
                                                    token_threads, bootstrappings, slow_bootstrappings, settings);
    };
    for (std::size_t i = 0; i < config.database.connections; ++i) {
      add_worker(bootstrappings, service(), limits);
    }
    add_worker(slow_bootstrappings, service(), limits);
  }

  // Over a connection of its own, and one to hear of changes.
  void push_through(PushPort& port) {
    pushes = std::make_unique<PushService>(
        std::make_unique<pg::PgPushStore>(
            store_options(config_), pg::PushStoreOptions{config_.push.give_up, config_.push.keep, config_.push.sweep}),
        token_threads, peers, port, push_settings(config_));
    listener = std::make_unique<pg::Listener>(store_options(config_), "quintet_push", [this] { pushes->wake(); });
  }

  template <typename LaneOf, typename Service>
  void add_worker(LaneOf& lane, std::unique_ptr<Service> service, BatchLimits limits) {
    workers.push_back(std::make_unique<Worker<LaneOf, Service>>(lane, std::move(service), limits));
  }

  std::vector<hsm::Token*> sessions(std::size_t count) {
    std::vector<hsm::Token*> out;
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back(&token.session(i));
    }
    return out;
  }

  // The KEKs are proved as soon as the database can tell which they are; a token is not used before.
  void learn_keks() {
    token.expect(guard_store->kek_checks());
    proved = true;
  }

  // On a crypto thread.
  void maintain(std::size_t session) {
    try {
      if (const std::unique_lock alone(learning, std::try_to_lock); alone && !proved) {
        learn_keks();
      }
    } catch (const hsm::Error& error) {
      report(error.what());
    } catch (const StoreError& error) {
      report(error.what());
    }
    if (proved) {
      token.session(session).maintain();
    }
  }

  // Without the database nobody knows which KEKs the token must have: that passes, like any outage of the database.
  Outcome readiness() const {
    if (!proved) {
      return Outcome::too_busy;
    }
    return token.is_open() ? Outcome::success : Outcome::out_of_service;
  }

  void report(const char* what) { base::log(base::event("token_not_ready"), what, "error=\"{}\"", what); }

  // A command without a lane does not compile.
  template <typename Command>
  auto& lane_of() {
    if constexpr (decltype(inquiries)::serves<Command>) {
      return inquiries;
    } else if constexpr (decltype(assignments)::serves<Command>) {
      return assignments;
    } else if constexpr (decltype(bootstrappings)::serves<Command>) {
      return bootstrappings;
    } else {
      static_assert(decltype(authentications)::serves<Command>);
      return authentications;
    }
  }

  // A request on its way in: what it needs and we have not is told at once (TS 29.229 7.2), and so is that the lane is
  // full.
  template <typename Command>
  void submit(typename Command::Request request, std::unique_ptr<Reply<typename Command::Answer>> reply) {
    bool served = true;
    if constexpr (requires { request.features; }) {
      served = request.features.are_served();
    }
    const PeerConfig& peer = peers.of(request.requester.host);
    if constexpr (requires { adapt(request, peer); }) {
      adapt(request, peer);
    }
    // In two pieces: what is still watched when it is answered keeps only the counters.
    const Pending<Command> pending = std::make_unique<PendingRequest<Command>>(std::move(request), std::move(reply),
                                                                               tallies[index_of(Command::command)],
                                                                               outage_answers(peer, Command::command));
    if (!served) {
      pending->answer(Outcome::feature_not_supported);
      return;
    }
    lane_of<Command>().submit(pending);
    if (!pending->is_answered()) {
      overdue.watch(pending);
    }
  }

  void close_lanes() {
    authentications.close();
    inquiries.close();
    assignments.close();
    bootstrappings.close();
    slow_authentications.close();
    slow_bootstrappings.close();
    slow_registrations.close();
  }

  const Config config_;
  const Peers peers;
  Lane<MultimediaAuth> authentications;
  Lane<UserAuthorization, LocationInfo> inquiries;  // which mostly read and do not wait for what writes
  Lane<ServerAssignment> assignments;
  Bootstrappings bootstrappings;
  SlowAuthentications slow_authentications;
  SlowBootstrappings slow_bootstrappings;
  SlowRegistrations slow_registrations;
  hsm::Pkcs11Token token;
  TokenThreads token_threads;
  Overdue overdue;
  std::mutex learning;
  std::unique_ptr<pg::PgAuthenticationStore> guard_store;  // for the KEK checks only, by whoever holds `learning`
  std::vector<std::unique_ptr<AnyWorker>> workers;
  std::array<std::shared_ptr<Tally>, command_count> tallies;
  std::unique_ptr<PushService> pushes;  // null: nobody sends them
  std::unique_ptr<pg::Listener> listener;
  bool has_witness = false;
  std::atomic<bool> proved{false};
  bool running = false;
};

void Server::push_through(PushPort& port) { state_->push_through(port); }

Server::Server(const Config& config) {
  if (!hsm::prepare_secure_heap(secure_heap_octets)) {
    base::log(base::event("secure_heap_not_locked"), "", "hint=\"raise RLIMIT_MEMLOCK to {} octets\"",
              secure_heap_octets);
  }
  // Without a database the token is not asked for long; what no waiting mends is told at once.
  if (const std::string fault = hsm::softhsm_fault(config.token.module); !fault.empty()) {
    throw hsm::Error(hsm::Kind::config, "C_Initialize", 0, fault);
  }
  state_ = std::make_unique<State>(config);
  state_->has_witness = !config.sqn.witness.empty();
  state_->guard_store = std::make_unique<pg::PgAuthenticationStore>(store_options(config));
}

Server::~Server() { stop(); }

void Server::start() {
  if (!state_->has_witness) {
    base::log(base::event("sqn_witness_missing"), "", "hint=\"let sqn.witness name a file on a disk of this node\"");
  }
  try {
    state_->learn_keks();
    state_->token.open();
  } catch (const StoreError& error) {
    if (error.failure() == StoreFailure::config) {
      throw;
    }
    base::log(base::event("start_without_database"), "", "error=\"{}\"", error.what());
  } catch (const hsm::Error& error) {
    if (error.kind() == hsm::Kind::config) {
      throw;
    }
    base::log(base::event("start_without_token"), "", "error=\"{}\"", error.what());
  }
  state_->running = true;
  state_->overdue.start();
  state_->token_threads.start();
  if (state_->proved) {  // the database is there: nobody waits long
    for (const auto& worker : state_->workers) {
      worker->connect();
    }
  }
  for (const auto& worker : state_->workers) {
    worker->start();
  }
  if (state_->pushes) {
    state_->pushes->start();
    state_->listener->start();
  }
}

void Server::report_end() const {
  const Samples counted = samples();
  std::string answers;
  for (std::size_t i = 0; i < command_count; ++i) {
    const CommandName& name = command_names.at(i);
    answers += fmt::format("{}={} ", answer_word_of(static_cast<Command>(i)),
                           sum_of(counted, metric("quintet_answers_total"), {name.application, name.name}));
  }
  base::log(base::event("server_stopped"), "", "{}dropped={} abandoned={} batches={}", answers,
            sum_of(counted, metric("quintet_requests_dropped_total")),
            sum_of(counted, metric("quintet_requests_abandoned_total")),
            sum_of(counted, metric("quintet_batches_total")));
}

void Server::stop() {
  if (!state_->running) {
    return;
  }
  state_->running = false;
  if (state_->pushes) {
    state_->listener->stop();
    state_->pushes->stop();
  }
  state_->close_lanes();
  for (const auto& worker : state_->workers) {
    worker->join();
  }
  state_->overdue.stop();
  if (!state_->token_threads.stop(stop_patience)) {
    // The thread cannot be ended from outside and the module must not be unloaded under it.
    base::log(base::event("token_holds_its_thread"), "", "action=\"process ends at once\"");
    spdlog::shutdown();
    _exit(1);
  }
  state_->token.close();
  report_end();
}

template <typename Command>
void Server::submit(typename Command::Request request, std::unique_ptr<Reply<typename Command::Answer>> reply) {
  state_->submit<Command>(std::move(request), std::move(reply));
}
template void Server::submit<UserAuthorization>(UserAuthorizationRequest,
                                                std::unique_ptr<Reply<UserAuthorizationAnswer>>);
template void Server::submit<ServerAssignment>(ServerAssignmentRequest, std::unique_ptr<Reply<ServerAssignmentAnswer>>);
template void Server::submit<LocationInfo>(LocationInfoRequest, std::unique_ptr<Reply<LocationInfoAnswer>>);
template void Server::submit<MultimediaAuth>(MultimediaAuthRequest, std::unique_ptr<Reply<MultimediaAuthAnswer>>);
template void Server::submit<ZhMultimediaAuth>(zh::MultimediaAuthRequest,
                                               std::unique_ptr<Reply<zh::MultimediaAuthAnswer>>);

std::chrono::steady_clock::duration Server::longest_silence() const {
  return std::max(state_->overdue.pulse().silence(), longest_silence_of(state_->workers));
}

Samples Server::samples() const {
  Samples out;
  for (std::size_t i = 0; i < command_count; ++i) {
    add_commands(out, static_cast<Command>(i), *state_->tallies[i]);
  }
  out.push_back({metric("quintet_batches_total"), {}, batches_of(state_->workers)});
  add_token(out, state_->token.statistics());
  if (state_->pushes) {
    state_->pushes->add_to(out);
  }
  add_events(out);
  return out;
}

}  // namespace hss::app

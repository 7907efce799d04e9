// Wires store, token and workers; the only place that names concrete classes.
#include "hss/app/server.h"

#include "hsm/pkcs11_token.h"
#include "hss/app/batch_worker.h"
#include "hss/app/bounded_queue.h"
#include "hss/app/crypto_worker.h"
#include "hss/pg/store.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>
#include <atomic>
#include <cstdlib>
#include <vector>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds stop_patience{3000};
constexpr std::size_t secure_heap_octets = std::size_t{1} << 22U;

using Counters = std::array<std::atomic<std::uint64_t>, outcome_codes.size()>;

// Counts what is answered on its way out.
class CountingReply final : public AuthReply {
 public:
  CountingReply(std::unique_ptr<AuthReply> reply, std::shared_ptr<Counters> counters)
      : reply_(std::move(reply)), counters_(std::move(counters)) {}
  void send(MultimediaAuthAnswer answer) noexcept override {
    (*counters_)[static_cast<std::size_t>(answer.outcome)].fetch_add(1, std::memory_order_relaxed);
    reply_->send(std::move(answer));
  }

 private:
  std::unique_ptr<AuthReply> reply_;
  std::shared_ptr<Counters> counters_;
};

pg::Options store_options(const Config& config) {
  return {config.database.conninfo, config.database.statement_timeout, config.database.lock_timeout,
          config.database.connect_timeout, config.sqn.lead_jump};
}

BatchConfig batch_config(const Config& config) {
  BatchConfig out;
  out.policy = {config.sqn.policy, config.authentication.max_items, config.authentication.accept_unknown_scheme,
                config.sqn.resync_limit, config.sqn.resync_window};
  out.batch = config.database.batch;
  out.max_age = config.diameter.max_age;
  return out;
}

}  // namespace

class Server::State {
 public:
  explicit State(const Config& config)
      : queue(config.diameter.queue),
        token(config.token),
        crypto(token, TokenCare{[this] { maintain(); }, [this] { return readiness(); }},
               config.authentication.amf[static_cast<std::size_t>(auc::Domain::ims)], config.token_timeout,
               [this](Pending pending) { resubmit(std::move(pending)); }) {
    for (std::size_t i = 0; i < config.database.connections; ++i) {
      workers.push_back(std::make_unique<BatchWorker>(std::make_unique<pg::PgStore>(store_options(config)), crypto,
                                                      queue, batch_config(config)));
    }
  }

  // Proves the KEKs as soon as the database can tell which they are; a token is not used before.
  void prepare_token() {
    token.expect(guard_store->kek_checks());
    proved = true;
    token.open();
  }

  void maintain() {
    try {
      if (proved) {
        token.maintain();
      } else {
        prepare_token();
      }
    } catch (const hsm::Error& error) {
      report(error.what());
    } catch (const StoreError& error) {
      report(error.what());
    }
  }

  // Without the database nobody knows which KEKs the token must have: that passes, like any outage of the database.
  Outcome readiness() const {
    if (!proved) {
      return Outcome::too_busy;
    }
    return token.is_open() ? Outcome::success : Outcome::unable_to_comply;
  }

  void report(const char* what) {
    if (const auto held_back = limit.pass()) {
      spdlog::error("token_not_ready error=\"{}\" held_back={}", what, *held_back);
    }
  }

  void resubmit(Pending pending) {
    if (!queue.push(pending)) {
      pending->answer(Outcome::too_busy);
    }
  }

  BoundedQueue<Pending> queue;
  hsm::Pkcs11Token token;
  CryptoWorker crypto;
  std::unique_ptr<pg::PgStore> guard_store;  // the crypto thread's own, for the KEK checks only
  std::vector<std::unique_ptr<BatchWorker>> workers;
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();
  LogLimit limit;
  bool proved = false;
  bool running = false;
};

Server::Server(const Config& config) {
  if (!hsm::prepare_secure_heap(secure_heap_octets)) {
    spdlog::warn("secure_heap_not_locked hint=\"raise RLIMIT_MEMLOCK to {} octets\"", secure_heap_octets);
  }
  state_ = std::make_unique<State>(config);
  state_->guard_store = std::make_unique<pg::PgStore>(store_options(config));
}

Server::~Server() { stop(); }

void Server::start() {
  try {
    state_->prepare_token();
  } catch (const StoreError& error) {
    if (error.failure() == StoreFailure::config) {
      throw;
    }
    spdlog::error("start_without_database error=\"{}\"", error.what());
  } catch (const hsm::Error& error) {
    if (error.kind() == hsm::Kind::config) {
      throw;
    }
    spdlog::error("start_without_token error=\"{}\"", error.what());
  }
  state_->running = true;
  state_->crypto.start();
  for (const auto& worker : state_->workers) {
    worker->start();
  }
}

void Server::stop() {
  if (!state_->running) {
    return;
  }
  state_->running = false;
  state_->queue.close();
  const auto counted = statistics();
  for (const auto& worker : state_->workers) {
    worker->join();
  }
  if (!state_->crypto.stop(stop_patience)) {
    // The thread cannot be ended from outside and the module must not be unloaded under it.
    spdlog::critical("token_holds_its_thread action=\"process ends at once\"");
    spdlog::shutdown();
    _exit(1);
  }
  state_->token.close();
  spdlog::info("server_stopped answers_2001={} batches={}", counted.answers[0], counted.batches);
}

void Server::multimedia_auth(MultimediaAuthRequest request, std::unique_ptr<AuthReply> reply) {
  auto pending = std::make_shared<PendingAuth>(std::move(request),
                                               std::make_unique<CountingReply>(std::move(reply), state_->counters));
  if (!state_->queue.push(pending)) {
    pending->answer(Outcome::too_busy);
  }
}

ServerStatistics Server::statistics() const {
  ServerStatistics out;
  for (std::size_t i = 0; i < out.answers.size(); ++i) {
    out.answers[i] = (*state_->counters)[i].load();
  }
  for (const auto& worker : state_->workers) {
    out.batches += worker->batches();
  }
  return out;
}

void configure_logging(const LogConfig& config) {
  std::shared_ptr<spdlog::logger> logger;
  if (config.file.empty()) {
    logger = std::make_shared<spdlog::logger>("quintet", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  } else {
    logger = std::make_shared<spdlog::logger>(
        "quintet", std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.file.string()));
  }
  logger->set_level(spdlog::level::from_str(config.level));
  logger->flush_on(spdlog::level::info);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace hss::app

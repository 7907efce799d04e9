// SPDX-License-Identifier: Apache-2.0
// Entry and exit of quintet.fdx: configuration in, server up, and everything down again in the opposite order.
#include "diameter_ext/applications.h"
#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/dispatch.h"
#include "diameter_ext/hardened.h"
#include "diameter_ext/library_answers.h"
#include "diameter_ext/logging.h"
#include "diameter_ext/peers.h"
#include "diameter_ext/ports.h"
#include "diameter_ext/realms.h"
#include "diameter_ext/refusals.h"
#include "diameter_ext/sender.h"
#include "diameter_ext/spare_memory.h"
#include "diameter_ext/tls.h"
#include "hsm/base/log.h"
#include "hss/app/config.h"
#include "hss/app/core_files.h"
#include "hss/app/logging.h"
#include "hss/app/server.h"
#include "hss/app/service_manager.h"

#include <dlfcn.h>
#include <pthread.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Without visibility and C linkage freeDiameter does not find these; fd_ext_fini would silently never be called.
#pragma GCC visibility push(default)
extern "C" {
#include <freeDiameter/extension.h>
int quintet_start(char* configuration) noexcept;
void fd_ext_fini(void) noexcept;
}
#pragma GCC visibility pop

namespace diameter_ext {
namespace {

struct Running {
  explicit Running(const hss::app::Config& config)
      : dictionary(define_dictionary(applications())),
        library_answers(dictionary),
        server(config),
        permits(config.diameter, own_realm()),
        tls_watch(config.diameter.tls) {}
  SpareMemory memory;
  Dictionary dictionary;
  LibraryAnswers library_answers;
  Sender sender;
  std::vector<std::unique_ptr<Asking>> asking;  // outlives the server that asks
  hss::app::Server server;
  const hss::app::Permits permits;
  TlsWatch tls_watch;
  std::optional<Dispatcher> dispatcher;
  hss::app::ServiceManager service_manager;
};
std::unique_ptr<Running> running;

// Deployments use a freeDiameter with our patches; the stock one can be shut down by any connected peer.
void warn_of_stock_library() {
  if (dlsym(RTLD_DEFAULT, "fd_quintet_hardened") == nullptr) {
    base::log(base::event("stock_freediameter"), "",
              "hint=\"any connected peer can shut this daemon down; build and install the packages "
              "of deploy/freediameter\"");
  }
}

// The default action of HUP and PIPE ends the daemon without a goodbye. HUP says that the log was renamed; it reaches
// the thread that waits for freeDiameter's signals, the only one that blocks none of the others. What is written is not
// for everybody.
void harden_process() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = [](int /*signal*/) { hss::app::reopen_log(); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
  constexpr mode_t for_others = S_IWGRP | S_IRWXO;
  umask(umask(for_others) | for_others);
}

// Of the threads that answer. Debian's library may hold the sender up for as long as a peer does not read.
std::chrono::steady_clock::duration longest_silence() {
  const auto of_server = running->server.longest_silence();
  return sending_never_waits() ? std::max(of_server, running->sender.silence()) : of_server;
}

// Runs until freeDiameter listens and takes requests; it starts only when all of its extensions are loaded.
void* announce(void* /*unused*/) noexcept {
  if (fd_core_waitstartcomplete() == 0) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    end_of_start();
    base::log(base::event("server_started"), "", "identity={}", fd_g_config->cnf_diamid);
    running->service_manager.ready(longest_silence);
  }
  return nullptr;
}

// When freeDiameter fails to start, the thread waits still and must be cancelled: nothing of C++ is below it then.
struct Announcer {
  Announcer() { check(pthread_create(&thread, nullptr, announce, nullptr), "pthread_create"); }
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;
  ~Announcer() {
    pthread_cancel(thread);
    pthread_join(thread, nullptr);
  }
  pthread_t thread{};
};
std::optional<Announcer> announcer;

// An application that no permit speaks of is not offered: a peer that has no other finds none in common (5010).
std::vector<const Application*> offered(const hss::app::Permits& permits) {
  std::vector<const Application*> out;
  std::ranges::copy_if(applications(), std::back_inserter(out),
                       [&](const Application* one) { return permits.offers(one->name); });
  return out;
}

void start(const char* configuration) {
  bound_arenas();
  hss::app::no_core_files();
  hss::app::configure_logging({});
  if (configuration == nullptr) {
    throw hss::app::ConfigError(
        "name the configuration: LoadExtension = \"quintet.fdx\" : \"/etc/quintet/quintet.toml\";");
  }
  harden_process();
  const auto config = hss::app::read_config(configuration);
  hss::app::configure_logging(config.log);
  warn_of_stock_library();
  prepare_tls(config.diameter.tls);
  prepare_listening(config.diameter);
  check_ports();
  running = std::make_unique<Running>(config);
  for (const Application* const application : applications()) {
    if (application->start_asking != nullptr) {
      running->asking.push_back(application->start_asking(running->dictionary, config, running->server));
    }
  }
  running->server.start();
  running->dispatcher.emplace(running->dictionary, running->server, running->sender, running->permits);
  running->dispatcher->offer(offered(running->permits));
  explain_refusals(&running->permits);
  serve_realms(config.diameter.realms);
  accept_peers(config.diameter, running->permits);
  redirect_logging();
  announcer.emplace();
}

}  // namespace
}  // namespace diameter_ext

int quintet_start(char* configuration) noexcept {
  try {
    diameter_ext::start(configuration);
    return 0;
  } catch (const std::exception& error) {
    base::log(base::event("cannot_start"), "", "error=\"{}\"", error.what());
    hss::app::tell_stderr(fmt::format("cannot_start error=\"{}\"", error.what()));
    diameter_ext::explain_refusals(nullptr);
    diameter_ext::running.reset();
    return EINVAL;
  }
}

void fd_ext_fini(void) noexcept {
  try {
    diameter_ext::announcer.reset();
    diameter_ext::explain_refusals(nullptr);
    diameter_ext::serve_own_realm_only();
    if (diameter_ext::running) {
      diameter_ext::running->service_manager.stopping();
      diameter_ext::running->dispatcher.reset();
      diameter_ext::running->server.stop();
      diameter_ext::running->sender.stop();
      diameter_ext::running.reset();
    }
    diameter_ext::restore_logging();
    spdlog::default_logger()->flush();
  } catch (const std::exception& error) {
    base::log(base::event("stop_failed"), "", "error=\"{}\"", error.what());
  }
}

#pragma GCC visibility push(default)
extern "C" {
EXTENSION_ENTRY("quintet", quintet_start);
}
#pragma GCC visibility pop

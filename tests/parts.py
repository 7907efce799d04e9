# SPDX-License-Identifier: Apache-2.0
"""The parts of the test run, each a command whose tests are counted; started by tests/run, which installs the packages."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "test-logs"
JOBS = str(os.cpu_count() or 2)
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--durations=5"]
# Libraries of freeDiameter that are built with the sanitizer, too: deploy/freediameter/build --sanitize
INSTRUMENTED = os.environ.get("QUINTET_FD_LIB_DIR")
SANITIZERS = {"asan": {"ASAN_OPTIONS": "detect_odr_violation=0:use_sigaltstack=0:detect_leaks=0:abort_on_error=1",
                       "UBSAN_OPTIONS": "print_stacktrace=1"},
              "tsan": {"TSAN_OPTIONS": f"halt_on_error=1:suppressions={ROOT}/tests/{'tsan_libraries' if INSTRUMENTED else 'tsan'}.supp"}}


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Part:
    name: str
    what: str
    command: tuple          # {build} is the build folder, {junit} a report to write, {preset} the CMake preset
    counts: str = "one"     # "one" command, "line" (its last line "N passed, N failed", perhaps ", N skipped") or "junit"
    runs: str = "full"      # in which runs without --only: "quick" and full, "full", or when "asked"
    presets: tuple = ("release",)
    limit: int = 900        # seconds
    divider: tuple = ()     # what the command wants between its own words and those that are handed on
    beside: bool = False    # runs beside those that follow: most of its time it waits


EVERYWHERE = ("release", "asan", "tsan")
CTEST = ("ctest", "--test-dir", "{build}", "--output-on-failure", "--timeout", "300", "-j", JOBS, "--no-tests=error",
         "--output-junit", "{junit}")


def pytest_part(folder, what, **more):
    return Part(folder, what, (*PYTEST, "--junitxml={junit}", f"tests/{folder}"), "junit", **more)


RUNNING = []  # commands that were started

PARTS = (
    Part("lint", "rules of the source tree that need no build", ("tests/lint/run",), "line", "quick"),
    Part("lint-selftest", "every lint check catches a planted fault", ("tests/lint/selftest",), "line", "quick"),
    Part("configure", "CMake", ("cmake", "--preset", "{preset}", "-DQUINTET_TESTS=ON"), "one", "quick", EVERYWHERE),
    Part("build", "everything, warnings as errors", ("cmake", "--build", "{build}", "--parallel", JOBS), "one", "quick",
         EVERYWHERE, 3000),
    Part("ctest", "C++: units, and the token over SoftHSM", CTEST, "junit", "quick", EVERYWHERE),
    pytest_part("unit_py", "the test peer and the soft USIM themselves", runs="quick"),
    pytest_part("schema", "the schema alone: what it refuses, derives and permits"),
    pytest_part("deploy", "the quickstart: second start, second copy, refusals"),
    pytest_part("cli", "the tool quintet", presets=EVERYWHERE),
    pytest_part("integration", "the server over the wire, with PostgreSQL and SoftHSM", presets=EVERYWHERE, limit=1800,
                beside=True),
    pytest_part("core", "the Diameter core from outside: states, connections, floods, refusals, over real sockets"),
    Part("scscf", "beside a real Kamailio: phones register and call; without restarts", ("tests/scscf/run", "--short"), "line"),
    Part("scscf-full", "the same, all scenarios", ("tests/scscf/run",), "line", "asked"),
    Part("scscf-selftest", "each scenario of scscf fails when a fault is planted", ("tests/scscf/run", "--selftest"), "line", "asked"),
    Part("coexistence", "beside another HSS that authenticates the same cards, in short", ("tests/coexistence/run",), "line"),
    Part("coexistence-full", "the same, 10,000 authentications beside each", ("tests/coexistence/run", "--authentications", "10000",
         "--cards", "40"), "line", "asked"),
    Part("coexistence-selftest", "ranges that overlap are noticed", ("tests/coexistence/run", "--selftest"), "line", "asked"),
    Part("robustness", "freeDiameter alone under attack", ("tests/robustness/run",), "line"),
    Part("attacks", "the whole server under attack", ("tests/robustness/product",), "line", presets=EVERYWHERE),
    Part("mutants", "each mutant of a Cx request gets exactly one answer", ("tests/robustness/one_answer", "--seconds", "10"), "line",
         presets=EVERYWHERE),
    Part("peer-fuzz", "first messages and lives of peers, drawn at random", ("tests/fuzz/peers", "--seconds", "120"), "line", "asked",
         EVERYWHERE),
    Part("interop", "tshark and erlang-diameter judge all that the server sends in the table run", ("tests/interop/run",), "line",
         "asked", divider=("--",)),
    Part("secrets", "no secret in memory, database, WAL, dump, log or file", ("tests/secrets/search",), "line", "asked"),
    pytest_part("chaos", "no sequence number twice, whatever dies", runs="asked", limit=3600),
    Part("packages", "files of the Debian packages, lintian, how much the unit exposes", ("tests/packages/run", "--selftest"), "line"),
    Part("packages-root", "the packages in a bare Debian 12: install, register, watchdog, confinement, purge, upgrade",
         ("tests/packages/run", "--root"), "line", "asked", limit=3600),
    Part("containers", "deploy/compose.yaml with podman: a phone through either node, one killed under load, nothing in the image",
         ("tests/containers/run",), "line", "asked", limit=3600),
    Part("bench-selftest", "the load generator notices what it is there to notice", ("tests/bench/selftest",), "line"),
    Part("tidy", "clang-tidy over what changed since it last passed", ("tests/lint/tidy", "{build}"), "line", "asked",
         limit=3600),
)


USAGE = "tests/run [OPTIONS] [PART...] [-- ARGUMENTS OF THE PARTS]"
EXAMPLES = """examples:
  tests/run                                  everything that is run by default
  tests/run build ctest -- -k Sqn            build, then the C++ tests whose name contains Sqn
  tests/run integration -- -k auts -x        the integration tests of that name, until one fails
  tests/run lint -- corridor layers          two of the lint checks
-k is translated for ctest; all else is handed on as it stands. Parts that only prepare (configure, build) get nothing."""
CTEST_WORDS = {"-k": "-R", "-x": "--stop-on-failure"}


def arguments(words):
    """The options; `parts` are the parts that are named, `rest` is what follows `--`."""
    ours, rest = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, [])
    parser = argparse.ArgumentParser(prog="tests/run", description="Builds and tests Quintet.", usage=USAGE, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    names = [part.name for part in PARTS]
    add("parts", nargs="*", metavar="PART", choices=[*names, []], help="only these parts; --list names them")
    add("--quick", action="store_true", help="lint, build, unit tests: no server is started")
    add("--only", action="append", metavar="PART", choices=names, default=[], help="the same, as an option; repeatable")
    add("--asan", action="store_true", help="build with AddressSanitizer and UBSan; the parts that suit")
    add("--tsan", action="store_true", help="build with ThreadSanitizer; the parts that suit")
    add("--tidy", action="store_true", help="clang-tidy as well (slow the first time)")
    add("--interop", action="store_true", help="foreign Diameter implementations as well (installs 150 MB)")
    add("--list", action="store_true", help="say which parts there are")
    add("--verbose", action="store_true", help="show the output of the parts as it comes")
    options = parser.parse_args(ours)
    options.only += options.parts
    if rest and not options.only:
        parser.error("name the parts that get what follows --")
    options.rest = rest
    return options


def chosen(options, preset):
    """The parts of this run, in the order of the table."""
    for part in PARTS:
        if preset not in part.presets and not options.only:
            continue
        if options.only:
            wanted = part.name in options.only
        elif part.runs == "asked":
            wanted = getattr(options, part.name, False)
        else:
            wanted = part.runs == "quick" or not options.quick
        if wanted:
            yield part


def environment(preset):
    own = {"QUINTET_BUILD_DIR": str(ROOT / "build" / preset), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **own, **SANITIZERS.get(preset, {})}


def run_logged(command, preset, log, limit, verbose):
    """Exit status of the command; 124 when its time was over. Whatever it started ends with it."""
    with open(log, "w", encoding="utf-8") as out:
        target = None if verbose else out
        child = subprocess.Popen(command, cwd=ROOT, env=environment(preset), stdin=subprocess.DEVNULL, stdout=target,
                                 stderr=subprocess.STDOUT if target else None, start_new_session=True)
        RUNNING.append(child)
        try:
            return child.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"the part took longer than {limit} s", file=out)
            return 124
        finally:
            end(child)


def end(child):
    """It, and whatever it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        time.sleep(2)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


def counted(part, status, log, junit):
    """What the command's own report says; a status that contradicts it counts as a failure."""
    result = Result()
    if part.counts == "one":
        result.passed = int(status == 0)
    elif part.counts == "line":
        lines = COUNTS.findall(log.read_text(encoding="utf-8", errors="replace"))
        result.passed, result.failed, result.skipped = (int(number or 0) for number in (lines or [(0, 0, 0)])[-1])
    elif junit.exists():
        for case in ElementTree.parse(junit).getroot().iter("testcase"):
            bad = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped") is not None
            result.failed += bad
            result.skipped += skipped
            result.passed += not bad and not skipped
    left_out = part.counts == "line" and result.skipped  # all of it, and the command has said why
    if result.failed == 0 and (status != 0 or result.passed == 0 and not left_out):
        result.failed = 1
    return result


def command_of(part, options, **values):
    """The words to run: the row's own, then what was given behind `--`."""
    words = [word.format(**values) for word in part.command]
    if part.counts == "one" or not options.rest:
        return words
    return words + list(part.divider) + [CTEST_WORDS.get(word, word) if words[0] == "ctest" else word for word in options.rest]


def run_part(part, preset, options):
    build = ROOT / "build" / preset
    log, junit = LOGS / f"{part.name}.{preset}.log", LOGS / f"{part.name}.{preset}.xml"
    junit.unlink(missing_ok=True)
    command = command_of(part, options, build=build, junit=junit, preset=preset)
    begin = time.monotonic()
    if shutil.which(command[0]) is None and not (ROOT / command[0]).exists():
        log.write_text(f"{command[0]} does not exist\n", encoding="utf-8")
        status = 127
    else:
        # What is counted from the log must be in the log.
        status = run_logged(command, preset, log, part.limit, options.verbose and part.counts != "line")
    result = counted(part, status, log, junit)
    skipped = f", {result.skipped} skipped" if result.skipped else ""
    print(f"{'ok    ' if not result.failed else 'FAILED'} {part.name + ' ' + preset:24} {result.passed:5} passed, "
          f"{result.failed} failed{skipped}  {time.monotonic() - begin:6.1f} s", flush=True)
    if result.failed and not (options.verbose and part.counts != "line"):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(f"---- the end of {log.relative_to(ROOT)}:", *lines[-80:], "----", sep="\n", flush=True)
    return result


def run_preset(preset, options):
    """The results of its parts."""
    results, threads = {}, []

    def run(part):
        results[part.name] = Result(failed=1)  # until it has told
        results[part.name] = run_part(part, preset, options)
        return results[part.name]

    for part in chosen(options, preset):
        if part.beside:
            threads.append(threading.Thread(target=run, args=(part,)))
            threads[-1].start()
        elif run(part).failed and part.name in ("configure", "build"):
            print("the rest needs a build and is left out", flush=True)
            break
    for thread in threads:
        thread.join()
    return list(results.values())


def main():
    options = arguments(sys.argv[1:])
    if options.list:
        for part in PARTS:
            print(f"{part.name:15} {part.runs:6} {'+'.join(part.presets):18} {part.what}")
        return 0
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a script it would be ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the running part is ended too
    begin = time.monotonic()
    results = []
    try:
        for preset in [name for name in ("asan", "tsan") if getattr(options, name)] or ["release"]:
            results += run_preset(preset, options)
    finally:
        for child in RUNNING:
            end(child)
    passed, failed = sum(one.passed for one in results), sum(one.failed for one in results)
    print(f"after {time.monotonic() - begin:.0f} s; logs are in {LOGS.relative_to(ROOT)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

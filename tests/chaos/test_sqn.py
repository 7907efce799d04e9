# SPDX-License-Identifier: Apache-2.0
"""No sequence number twice: two servers on one database, in peace, through kills and through a lossy promotion."""

import itertools
import re
import time

import pytest
from load import Load, every_request_answered_once, issued, sqncheck
from rig import SUBSCRIBERS, highest_seqs
from support.instance import eventually

FORM = ("--connections", 8, "--subscribers", SUBSCRIBERS)
PROFILES = ("counter", "partly_time", "time")
PROFILES_IN_QUICK_RUNS = ["counter"] + [pytest.param(profile, marks=pytest.mark.full) for profile in PROFILES[1:]]


def two_servers(rig, **settings):
    settings = {"sqn.burst": 0, **{name.replace("__", "."): value for name, value in settings.items()}}
    return [rig.server(name, settings).start() for name in ("hss-a", "hss-b")]


def judged(*logs):
    good, verdict = sqncheck(*logs)
    assert good, verdict
    return verdict


def database_fits(rig, logs, folder, exactly=True, database=None):
    """The database holds the highest number that was seen (or, where answers got lost, one above it), per credential."""
    seqs = highest_seqs(database or rig.primary)
    for subscriber, (_, _, highest) in issued(*logs, folder=folder).items():
        assert seqs[subscriber] == highest if exactly else seqs[subscriber] >= highest, subscriber


def undisturbed(servers, log, *how):
    result = Load(servers, log, *FORM, *how).finish()
    every_request_answered_once(result)
    assert result["results"] == {"2001": result["requests"]}
    return result


@pytest.mark.parametrize("profile", PROFILES)
def test_two_servers_never_repeat_and_keep_order(rig, scale, profile, tmp_path, report):
    servers = two_servers(rig, sqn__profile=profile)
    logs = [tmp_path / "slow.log", tmp_path / "fast.log"]
    slow = undisturbed(servers, logs[0], "--rate", 100, "--duration", 2)  # the clock is ahead of the requests
    result = undisturbed(servers, logs[1], "--count", scale.requests, "--window", 16)  # the requests of the clock
    verdict = judged(*logs)
    assert verdict["vectors"] == slow["requests"] + scale.requests
    database_fits(rig, logs, tmp_path)
    assert (rig.sum_of_seq() == verdict["vectors"]) == (profile == "counter")
    report(f"{verdict['vectors']} vectors at {result['rate']:.0f}/s, {verdict['repeated_seq']} repeated, "
           f"{verdict['order_breaches']} out of order, sum of SEQ {rig.sum_of_seq()}")


@pytest.mark.parametrize("profile", PROFILES_IN_QUICK_RUNS)
def test_planted_a_session_that_takes_numbers_back_is_noticed(rig, profile, tmp_path):
    servers = two_servers(rig, sqn__profile=profile)
    log = tmp_path / "sqn.log"
    with Load(servers, log, *FORM, "--rate", 1500, "--duration", 60) as load:
        before = rig.sum_of_seq()
        assert eventually(lambda: rig.sum_of_seq() > before + 4000)  # by now SEQ also leads the clock by more than 20
        rig.move_numbers("seq = seq - 20", "seq > 40")
        time.sleep(1)
        load.stop()
        load.finish()
    good, verdict = sqncheck(log)
    assert not good and verdict["repeated_seq"] > 0 and verdict["order_breaches"] > 0
    if profile == "counter":
        assert rig.sum_of_seq() < verdict["vectors"]


def test_planted_a_number_that_nobody_was_given_is_noticed(rig, tmp_path):
    servers = two_servers(rig)
    log = tmp_path / "sqn.log"
    Load(servers, log, *FORM, "--count", 2000).finish()
    database_fits(rig, [log], tmp_path)
    rig.move_numbers("seq = seq + 1", "fingerprint = (SELECT fingerprint FROM quintet.credential WHERE name = 'bench-7')")
    with pytest.raises(AssertionError):
        database_fits(rig, [log], tmp_path)
    assert rig.sum_of_seq() == 2001


# Under load, one after the other; the load goes on all the time.

def run_through(scale, log, servers, strike, *how):
    """Result of a load during which `strike` is called scale.kills times."""
    with Load(servers, log, *FORM, *how, "--duration", 600, "--reconnect", "--timeout", 30) as load:
        for number in range(scale.kills):
            time.sleep(scale.seconds)
            assert load.is_running()
            strike(number)
        time.sleep(scale.seconds)
        load.stop()
        return load.finish()


def check_after_kills(rig, log, result, scale, tmp_path, report):
    verdict = judged(log)
    database_fits(rig, [log], tmp_path, exactly=False)
    assert result["exit"] == 0 and result["verify"]["faults"] == 0, result
    assert set(result["results"]) <= {"2001", "3004", "5012"}, result["results"]
    assert result["results"]["2001"] > 1000
    assert rig.sum_of_seq() >= verdict["vectors"]
    report(f"{scale.kills} kills, {verdict['vectors']} vectors, {verdict['repeated_seq']} repeated, "
           f"{verdict['order_breaches']} out of order, {rig.sum_of_seq() - verdict['vectors']} numbers not delivered, "
           f"{result['broken']} requests broken off, {result['results']}")


def test_killed_servers_repeat_nothing(rig, scale, tmp_path, report):
    servers = two_servers(rig)
    log = tmp_path / "sqn.log"

    def strike(number):
        server = servers[number % 2]
        server.kill()
        server.start()

    result = run_through(scale, log, servers, strike, "--window", 32)
    assert result["total"]["connection_losses"] >= scale.kills * 4
    check_after_kills(rig, log, result, scale, tmp_path, report)


def test_a_killed_database_forgets_nothing(rig, scale, tmp_path, report):
    servers = two_servers(rig)
    log = tmp_path / "sqn.log"

    def strike(_):
        rig.primary.kill()
        rig.primary.start()

    result = run_through(scale, log, servers, strike, "--rate", scale.rate)
    assert result["lost"] == 0 and result["total"]["connection_losses"] == 0  # the servers have stayed
    assert result["results"].get("3004", 0) > 0
    check_after_kills(rig, log, result, scale, tmp_path, report)


@pytest.mark.full
def test_a_database_that_hangs_delays_nobody_for_ever(rig, scale, tmp_path, report):
    servers = two_servers(rig)
    log = tmp_path / "sqn.log"
    with Load(servers, log, *FORM, "--rate", 1000, "--duration", 600, "--timeout", 60) as load:
        for _ in range(3):
            time.sleep(1)
            rig.primary.freeze()
            time.sleep(6)
            rig.primary.thaw()
        time.sleep(3)
        load.stop()
        result = load.finish()
    every_request_answered_once(result)
    assert set(result["results"]) == {"2001", "3004"}
    assert result["latency_us"]["max"] < 5_000_000
    verdict = judged(log)
    database_fits(rig, [log], tmp_path, exactly=False)
    report(f"{verdict['vectors']} vectors, {verdict['repeated_seq']} repeated, longest wait "
           f"{result['latency_us']['max'] / 1e6:.1f} s, {result['results']}")


# Promotion of a standby that has missed the last commits

def missing_commits(database, standby):
    """How far the standby is behind, in sequence numbers, for the credential that is furthest behind."""
    there = highest_seqs(standby)
    return max(seq - there[subscriber] for subscriber, seq in highest_seqs(database).items())


def servers_on(rig, databases, profile, lead_jump):
    hosts = ",".join(str(database.sockets) for database in databases)
    return two_servers(rig, database__conninfo=f"host={hosts} port=5432 dbname=quintet user=quintet", sqn__profile=profile,
                       sqn__lead_jump=lead_jump)


def lose_commits_and_promote(primary, standby, lead_jump, seconds):
    """Under load; returns how much the standby had missed when the primary died."""
    time.sleep(seconds)
    standby.cut_off()
    assert eventually(lambda: missing_commits(primary, standby) > 20)
    missed, before = missing_commits(primary, standby), highest_seqs(standby)
    primary.kill()
    assert standby.value("SELECT pg_promote()") == "t"
    assert eventually(lambda: all(seq > before[subscriber] + lead_jump + missed
                                  for subscriber, seq in highest_seqs(standby).items()))
    return missed


def promote_a_standby_that_lags(rig, scale, log, lead_jump, profile="counter"):
    """Load before, during and after; returns its result and how much the standby had missed."""
    standby = rig.make_standby("standby")
    servers = servers_on(rig, [rig.primary, standby], profile, lead_jump)
    with Load(servers, log, *FORM, "--rate", scale.rate, "--duration", 600, "--reconnect", "--timeout", 30) as load:
        missed = lose_commits_and_promote(rig.primary, standby, lead_jump, scale.seconds)
        load.stop()
        return load.finish(), missed, standby


@pytest.mark.parametrize("profile", PROFILES_IN_QUICK_RUNS)
def test_a_promoted_standby_that_lags_repeats_nothing(rig, scale, tmp_path, report, profile):
    log = tmp_path / "sqn.log"
    result, missed, standby = promote_a_standby_that_lags(rig, scale, log, 65536, profile)
    new_lead, new_timeline = standby.value("SELECT seq_lead, timeline FROM quintet.cluster").split("|")
    logged = [line for server in rig.servers for line in server.log().splitlines() if "seq_lead_raised" in line]
    told = sorted(int(re.search(r"seq_lead=(\d+)", line).group(1)) for line in logged)
    assert told[-1] == int(new_lead) and all(after == before + 65536 for before, after in itertools.pairwise(told)), logged
    assert len([line for line in logged if f"timeline={new_timeline} " in line]) == 1, logged
    verdict = judged(log)
    database_fits(rig, [log], tmp_path, exactly=False, database=standby)
    assert set(result["results"]) <= {"2001", "3004"} and result["lost"] == 0, result["results"]
    report(f"standby {missed} numbers behind, lead raised to {new_lead} on timeline {new_timeline}, {verdict['vectors']} "
           f"vectors, {verdict['repeated_seq']} repeated, {verdict['order_breaches']} out of order, {result['results']}")


def test_planted_without_the_jump_a_promotion_repeats(rig, scale, tmp_path, report):
    log = tmp_path / "sqn.log"
    _, missed, _ = promote_a_standby_that_lags(rig, scale, log, 1)
    good, verdict = sqncheck(log)
    assert not good and verdict["repeated_seq"] > 0
    report(f"standby {missed} numbers behind, lead raised by 1: {verdict['repeated_seq']} repeated, as it must be")


@pytest.mark.full
def test_a_second_promotion_that_has_missed_the_first_repeats_nothing(rig, scale, tmp_path, report):
    """Two standbys of one primary; the second knows nothing of the first one's promotion, nor of the jump there."""
    log = tmp_path / "sqn.log"
    first, second = rig.make_standby("standby"), rig.make_standby("standby2")
    servers = servers_on(rig, [rig.primary, first, second], "counter", 65536)
    with Load(servers, log, *FORM, "--rate", scale.rate, "--duration", 600, "--reconnect", "--timeout", 30) as load:
        second.cut_off()
        missed = lose_commits_and_promote(rig.primary, first, 65536, scale.seconds)
        first.kill()
        assert second.value("SELECT pg_promote()") == "t"
        before = highest_seqs(second)
        assert eventually(lambda: all(seq > before[subscriber] + 100 for subscriber, seq in highest_seqs(second).items()))
        load.stop()
        load.finish()
    verdict = judged(log)
    report(f"first standby {missed} numbers behind, {verdict['vectors']} vectors, {verdict['repeated_seq']} repeated")


@pytest.mark.full
def test_an_old_primary_that_comes_back_repeats_nothing(rig, scale, tmp_path, report):
    """What fencing should prevent: the servers find the old primary again after the promoted one has died."""
    log = tmp_path / "sqn.log"
    standby = rig.make_standby("standby")
    servers = servers_on(rig, [rig.primary, standby], "counter", 65536)
    with Load(servers, log, *FORM, "--rate", scale.rate, "--duration", 600, "--reconnect", "--timeout", 30) as load:
        lose_commits_and_promote(rig.primary, standby, 65536, scale.seconds)
        rig.primary.start()
        before = highest_seqs(rig.primary)
        standby.kill()
        assert eventually(lambda: all(seq > before[subscriber] + 100 for subscriber, seq in highest_seqs(rig.primary).items()))
        load.stop()
        load.finish()
    verdict = judged(log)
    report(f"{verdict['vectors']} vectors, {verdict['repeated_seq']} repeated")

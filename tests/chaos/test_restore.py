# SPDX-License-Identifier: Apache-2.0
"""No sequence number twice, however a database goes back: docs/architecture.md, "Lost commits", names these tests."""

import itertools

import pytest
from load import Load, sqncheck
from restores import WAYS, OpenedStandby, SwappedIn, maintenance, without_connections
from rig import SUBSCRIBERS
from support.instance import eventually

MANY = 1500  # requests of a phase: some 30 numbers of each card, far less than a leap
ONCE = (SwappedIn, OpenedStandby)  # what they put back is used up
numbers = itertools.count(1)


def rounds(request):
    return 10 if request.config.getoption("--full") else 1


class Site:
    """Two servers on the rig, and the logs of all that they have issued."""

    def __init__(self, rig, folder):
        self.rig, self.folder, self.logs = rig, folder, []
        self.servers = [rig.server(name, {"sqn.burst": 0}) for name in ("hss-a", "hss-b")]

    def start(self):
        for server in self.servers:
            server.start()
        return self

    def stop(self):
        for server in self.servers:
            server.stop()

    def restart(self):
        self.stop()
        self.start()

    def issue(self):
        """Until a phase is served without a refusal; what was issued on the way counts, too."""
        def phase():
            log = self.folder / f"sqn-{next(numbers)}.log"
            with Load(self.servers, log, "--connections", 4, "--subscribers", SUBSCRIBERS, "--rate", 2500, "--count", MANY) as load:
                results = load.finish()["results"]
            self.logs.append(log)
            return set(results) == {"2001"}
        assert eventually(phase, 40, 0.2)

    def judge(self):
        good, verdict = sqncheck(*self.logs)
        return good, verdict

    def lead(self):
        return int(self.rig.primary.value("SELECT seq_lead FROM quintet.cluster"))

    def leaps(self):
        return sum(server.log().count("seq_lead_raised") for server in self.servers)


@pytest.fixture
def site(rig, tmp_path):
    return Site(rig, tmp_path).start()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_database_that_went_back_repeats_nothing(request, site, tmp_path, report, way):
    """Put back twice: the second leap must not land where the first one has landed, though all servers were restarted."""
    site.issue()
    for number in range(rounds(request)):
        back = way(site.rig, tmp_path / f"round{number}")
        back.save()
        before = site.lead()
        site.issue()
        back.put_back()
        site.issue()
        site.restart()
        if way not in ONCE:
            back.put_back()
        site.issue()
        assert site.lead() > before
    good, verdict = site.judge()
    assert good and verdict["repeated_seq"] == 0, verdict
    report(f"{rounds(request)} rounds, {verdict['vectors']} vectors, {verdict['repeated_seq']} repeated, lead {site.lead()}")


@pytest.mark.parametrize("way", ["dump and load", "data directory put back"])
def test_planted_without_memory_of_the_incarnation_numbers_repeat(site, tmp_path, way):
    """The old behaviour: what the database remembers is made to fit, and no witness knows better."""
    back = WAYS[way](site.rig, tmp_path / "round")
    site.issue()
    for step in (back.save, back.put_back):  # either may start PostgreSQL again
        site.stop()
        step()
        site.rig.adopt()
        (site.rig.var / "sqn/lead").unlink()
        site.start()
        site.issue()
    good, verdict = site.judge()
    assert not good and verdict["repeated_seq"] > 0


def test_planted_without_a_witness_the_second_leap_lands_on_the_first(site, tmp_path):
    back = WAYS["dump and load"](site.rig, tmp_path / "round")
    site.issue()
    back.save()
    for _ in range(2):
        site.stop()
        back.put_back()
        (site.rig.var / "sqn/lead").unlink()
        site.start()
        site.issue()
    good, verdict = site.judge()
    assert not good and verdict["repeated_seq"] > 0


@pytest.mark.parametrize("planted", [False, True])
def test_a_leap_of_somebody_without_the_witness_does_not_count(site, tmp_path, planted):
    """The same dump twice, and before the servers an operator looks at it with a tool that has no witness. Planted: a witness that
    takes that for its own leap."""
    back = WAYS["dump and load"](site.rig, tmp_path / "round")
    stranger = site.rig.server("stranger", {"sqn.witness": ""})
    site.issue()
    back.save()
    for _ in range(2):
        site.stop()
        back.put_back()
        site.rig.tool(stranger, "sqn", "show", "bench-0")
        if planted:
            site.rig.let_witness_know()
        site.start()
        site.issue()
    good, verdict = site.judge()
    assert good != planted, verdict


@pytest.mark.parametrize("planted", [False, True])
def test_a_card_that_came_after_the_dump_goes_on_when_it_is_imported_again(site, tmp_path, planted):
    """Planted: it owes no leap."""
    back = WAYS["dump and load"](site.rig, tmp_path / "round")
    site.issue()
    back.save()
    site.issue()
    for _ in range(2):
        site.stop()
        back.put_back()
        site.start()  # leaps, before anything is imported
        site.rig.import_anew()
        if planted:
            site.rig.move_numbers("seq_lead = (SELECT seq_lead FROM quintet.cluster)")
        site.issue()
    good, verdict = site.judge()
    assert good != planted, verdict


def test_a_rename_alone_makes_nothing_leap(site):
    site.issue()
    lead, leaps = site.lead(), site.leaps()
    with without_connections(site.rig, "quintet"):
        maintenance(site.rig, ["ALTER DATABASE quintet RENAME TO quintet_other", "ALTER DATABASE quintet_other RENAME TO quintet",
                               "ALTER DATABASE quintet ALLOW_CONNECTIONS true"])
    site.issue()
    assert (site.lead(), site.leaps()) == (lead, leaps)


def test_a_restore_under_running_servers_repeats_nothing(request, site, tmp_path, report):
    """The load goes on all the time; the servers notice by their locking statement."""
    site.issue()
    for number in range(rounds(request)):
        back = WAYS["pg_restore --clean"](site.rig, tmp_path / f"running{number}")
        saved, lead = site.rig.sum_of_seq(), site.lead()
        back.save()
        log = tmp_path / f"running{number}.log"
        with Load(site.servers, log, "--connections", 4, "--subscribers", SUBSCRIBERS, "--rate", 800, "--duration", 120,
                  "--timeout", 30) as load:
            before = site.rig.sum_of_seq()
            assert eventually(lambda: site.rig.sum_of_seq() > before + 500, 30)
            back.put_back()
            assert eventually(lambda: site.lead() > lead, 30)
            assert eventually(lambda: site.rig.sum_of_seq() > saved + SUBSCRIBERS * (site.lead() - lead), 30)
            load.stop()
            load.finish()
        site.logs.append(log)
        site.issue()
    good, verdict = site.judge()
    assert good, verdict
    report(f"{rounds(request)} rounds, {verdict['vectors']} vectors, {verdict['repeated_seq']} repeated")

# SPDX-License-Identifier: Apache-2.0
"""quintet registration and deregister: who is registered is shown as it is, and ended where it can be."""

import json

import pytest
from registered import REALM, audits, table


@pytest.mark.parametrize("arguments", [["deregister"], ["deregister", "a@b", "--reason", "new-server-assigned"], ["registration"],
                                       ["registration", "show"], ["registration", "list", "--state", "not_registered"]])
def test_wrong_usage(site, arguments):
    out = site.quintet(*arguments, code=2)
    assert out.stderr
    assert not out.stdout


# ---- deregister

@pytest.mark.parametrize("options, reason, number, info", [
    ([], "permanent-termination", 0, ""), (["--reason", "server-change", "--info", 'say "why"'], "server-change", 2, 'say "why"'),
    (["--reason", "remove-s-cscf"], "remove-s-cscf", 3, "")])
def test_a_private_identity_is_deregistered(site, user, options, reason, number, info):
    user.register()
    out = site.quintet("deregister", user.impi.replace(REALM, REALM.upper()), *options).stdout
    assert out.startswith(f"RTR to {user.host}, Reason-Code {number} ({reason}), ")
    assert [line.split() for line in out.splitlines()[1:-1]] == [["impi", user.impi], ["impu", user.impu], ["impu", user.tel]]
    assert f"quintet push list --identity {user.impi} " in out
    assert user.changes() == [("operator", user.impi_id, None, number, info)]
    (detail,), = site.rows("SELECT detail FROM quintet.audit WHERE action = 'deregister' AND subject = %s", user.impi)
    assert detail.startswith(reason + (f', "{info}"; by ' if info else "; by "))


def test_the_set_of_a_public_identity_is_deregistered(site, user):
    user.register()
    user.register(impi_id=user.other_id)
    user.register(set_id=user.set_alone, impi_id=user.other_id)
    out = site.quintet("deregister", user.tel).stdout
    assert [line.split() for line in out.splitlines()[1:-1]] == [["impi", user.impi], ["impi", user.other], ["impu", user.impu],
                                                                 ["impu", user.tel]]
    assert user.changes() == [("operator", None, user.set, 0, "")]


def test_an_unregistered_set_is_deregistered_by_its_identity(site, user):
    user.register("unregistered")
    assert f"RTR to {user.host}" in site.quintet("deregister", user.impu).stdout
    assert len(user.changes()) == 1


@pytest.mark.parametrize("state", ["not registered", "unregistered", "another set", "another private identity"])
def test_of_nothing_registered_nothing_is_sent(site, user, state):
    if state == "unregistered":
        user.register("unregistered")
    elif state != "not registered":
        user.register(set_id=user.set_alone, impi_id=user.other_id)
    identity = user.impu if state == "another set" else user.impi
    assert site.quintet("deregister", identity).stdout == f"nothing of {identity} is registered: nothing is sent\n"
    assert user.changes() == []
    assert not [subject for subject, _ in audits(site, "deregister") if subject == identity]


@pytest.mark.parametrize("command", [["deregister"], ["registration", "show"]])
def test_who_is_not_known_is_refused(site, command):
    for identity in ("nobody@example.net", "sip:nobody@example.net"):
        out = site.quintet(*command, identity, code=1)
        assert out.stderr == f"quintet: no private and no public identity is called {identity}\n"
        assert not out.stdout


@pytest.mark.parametrize("info", ["x" * 256, "two\nlines"])
def test_an_info_that_no_answer_can_have_is_refused(site, user, info):
    user.register()
    assert "255 octets" in site.quintet("deregister", user.impi, "--info", info, code=1).stderr
    assert user.changes() == []


# ---- registration

def shown(site, identity):
    """One object; the text for people has the same."""
    out = json.loads(site.quintet("registration", "show", identity, "--json").stdout)
    text = site.quintet("registration", "show", identity).stdout
    blocks = [[tuple(line.split(None, 1)) for line in block.splitlines()] for block in text.split("\n\n")]
    assert len(blocks) == len(out)
    for block, one in zip(blocks, out):
        words = dict(block)
        assert [words[key] for key in ("set", "subscription", "state", "assigned", "profile", "pushes")] == [
            str(one["set"]), one["subscription"], one["state"], one["assigned_at"] or "-", one["profile"] or "-", f"{one['pushes_waiting']} waiting"]
        assert [value for key, value in block if key == "impi"] == [
            who["identity"] + " registered" * who["registered"] + " pending" * who["pending"] for who in one["impis"]]
        assert [value for key, value in block if key == "impu"] == [who["identity"] + " barred" * who["barred"] for who in one["impus"]]
    return out


def test_show_tells_all_of_a_registration(site, user):
    user.register()
    site.rows("UPDATE quintet.impu SET barred = true WHERE identity = %s", user.tel)
    site.rows("UPDATE quintet.impi_set SET auth_pending = true, pending_since = now() WHERE impi_id = %s AND set_id = %s", user.other_id, user.set)
    user.push("ppr")
    user.push("ppr", impi_id=user.other_id)
    user.push(ends_impis=[user.impi_id], ends_sets=[user.set], ends_generations=[1])
    user.push("ppr", set_id=user.set_alone)
    user.push("ppr", "done")
    assert shown(site, user.impu) == shown(site, user.impi) == [{
        "set": user.set, "subscription": user.name, "state": "registered", "scscf_name": f"sip:{user.host}", "scscf_host": user.host,
        "assigned_at": "2026-01-02T03:04:06Z", "profile": "unknown", "pushes_waiting": 3,
        "impis": [{"identity": user.impi, "registered": True, "pending": False}, {"identity": user.other, "registered": False, "pending": True}],
        "impi_count": 2, "impus": [{"identity": user.impu, "barred": False}, {"identity": user.tel, "barred": True}], "impu_count": 2}]
    assert [one["set"] for one in shown(site, user.other)] == [user.set, user.set_alone]
    assert shown(site, user.alone)[0]["profile"] is None


def test_an_authentication_that_began_long_ago_is_not_pending(site, user):
    site.rows("UPDATE quintet.impi_set SET auth_pending = true, pending_since = now() - interval '11 minutes' WHERE set_id = %s", user.set)
    assert not [who for who in shown(site, user.impu)[0]["impis"] if who["pending"]]
    assert listed_sets(site, user, "--state", "pending") == []


TOLD = "told = sha256(''), told_revision = quintet.revision_of_set(set_id)"


@pytest.mark.parametrize("told, profile", [("told = NULL", "unknown"), (TOLD, "current"), (TOLD + " - 1", "behind"),
                                           (TOLD + ", told_unasked = true", "unknown")])
def test_show_tells_whether_the_profile_is_current(site, user, told, profile):
    user.register()
    site.rows(f"UPDATE quintet.impi_set SET {told} WHERE set_id = %s AND impi_id = %s", user.set, user.impi_id)
    assert shown(site, user.impu)[0]["profile"] == profile


def listed_sets(site, user, *arguments):
    command = ("registration", "list", "--host", user.host, *arguments)
    rows = table(site.quintet(*command).stdout)
    objects = json.loads(site.quintet(*command, "--json").stdout)
    assert [(row["SET"], row["SUBSCRIPTION"], row["STATE"], row["S-CSCF"], row["PUSHES"]) for row in rows] == [
        (str(one["set"]), one["subscription"], one["state"], f"{one['scscf_name']} at {one['scscf_host']}", str(one["pushes_waiting"]))
        for one in objects]
    return [one["set"] for one in objects]


def test_registrations_are_listed_by_state(site, user):
    assert listed_sets(site, user) == []
    third = user.add_set(f"sip:{user.name}.third@{REALM}")
    user.add_set(f"sip:{user.name}.fourth@{REALM}")
    user.register()
    user.register("unregistered", set_id=user.set_alone, impi_id=user.other_id)
    site.rows("INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, auth_pending) VALUES (%s, %s, %s, true)", user.impi_id, third, user.id)
    assert listed_sets(site, user) == [user.set, user.set_alone, third]
    assert listed_sets(site, user, "--state", "registered") == [user.set]
    assert listed_sets(site, user, "--state", "unregistered") == [user.set_alone]
    assert listed_sets(site, user, "--state", "pending") == [third]
    assert {user.set, user.set_alone, third} <= {one["set"] for one in json.loads(site.quintet("registration", "list", "--json").stdout)}


def test_a_list_of_registrations_has_a_limit_and_names_few_identities(site, user):
    wide = user.add_set(*(f"sip:{user.name}.{i:03}@{REALM}" for i in range(1, 102)))
    site.rows("INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (%s, %s, %s)", user.impi_id, wide, user.id)
    user.register()
    user.register(set_id=wide)
    for form in ([], ["--json"]):
        out = site.quintet("registration", "list", "--host", user.host, "--limit", 1, *form)
        assert "there are more" in out.stderr
    out = site.quintet("registration", "list", "--host", user.host)
    assert not out.stderr
    names = [f"sip:{user.name}.{i:03}@{REALM}" for i in range(1, 102)]
    assert [row["IMPUS"] for row in table(out.stdout)] == [f"{user.impu}, {user.tel}", ", ".join(names[:3]) + " and 98 more"]
    found = json.loads(site.quintet("registration", "show", names[-1], "--json").stdout)[0]
    assert ([one["identity"] for one in found["impus"]], found["impu_count"]) == (names[:100], 101)
    assert site.quintet("registration", "show", names[0]).stdout.endswith(f"impu          {names[99]}\nimpu          and 1 more\n")
    out = site.quintet("registration", "show", user.impi, "--limit", 1)
    assert "there are more" in out.stderr

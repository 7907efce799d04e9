# SPDX-License-Identifier: Apache-2.0
"""Plays a row of UAR, LIR or SAR and judges it: the result, every AVP of the answer, the whole state of the subscription after."""

import dataclasses
from dataclasses import dataclass
from xml.etree import ElementTree

import judge
from peer import checks, cx, grammar, registration
from peer.checks import result_of
from peer.diameter import Avp
from peer.restoration import Restoration
from registration_rows import SERVED
from subscriptions import Subscription, changed, fresh

_BUILD = {
    cx.UAR: lambda impi="i1", impu="u1", **more: cx.uar(impi, impu, **more),
    cx.LIR: lambda impu="u1", **more: cx.lir(impu, **more),
    cx.SAR: lambda assignment_type, impi="i1", impus=("u1",), **more: cx.sar(impi, list(impus), assignment_type, **more),
}


@dataclass(frozen=True)
class Scene:
    one: Subscription
    stranger: Subscription

    def resolve(self, value):
        """Short names, also inside lists, become the identities of this copy."""
        if isinstance(value, str):
            if value.startswith("stranger "):
                return self.stranger.names[value.split()[1]]
            return self.one.identity(value.replace("{n}", str(self.one.number)))
        if isinstance(value, (list, tuple)) and not (value and isinstance(value[0], (int, Avp))):
            return type(value)(map(self.resolve, value))
        if isinstance(value, Restoration):
            return dataclasses.replace(value, impi=self.resolve(value.impi))
        return value


def request_of(command, row, scene, connection):
    asked = {name: scene.resolve(value) for name, value in row.ask.items()}
    defaults = {"impi": "i1", "impu": "u1", "impus": ("u1",)}
    wanted = {cx.UAR: ("impi", "impu"), cx.LIR: ("impu",), cx.SAR: ("impi", "impus")}[command]
    return _BUILD[command](**{**{name: scene.resolve(defaults[name]) for name in wanted}, **asked}, sender=cx.Sender.on(connection))


# The answer

def is_fine(row, result):
    """One of the results that the row allows."""
    return result in row.expect if isinstance(row.expect, (set, frozenset)) else result == row.expect


def expects_data(request, row):
    kind, available = request.value("Server-Assignment-Type"), request.value("User-Data-Already-Available")
    return row.answer.get("user_data", kind in registration.DOWNLOADING and available == 0 and row.expect == registration.SUCCESS)


def expected_answer(request, row, scene, kind):
    """Attributes of the answer's class, all of them: what the row names, what follows for every row, nothing else."""
    own = {one.name for one in dataclasses.fields(kind)} - {one.name for one in dataclasses.fields(cx.Answer)}
    empty = {"features": {1: SERVED} if request.find("Supported-Features") else {}, "restoration": ()}
    named = {name: scene.resolve(value) for name, value in row.answer.items() if name not in ("user_data", "elements")}
    expected = {**{name: empty.get(name) for name in own}, **named}
    if kind is registration.Saa:
        del expected["user_data"]
        shape = scene.one.shape
        expected["charging"] = shape.charging if expects_data(request, row) else None
        several = len(shape.impis) > 1 and row.expect in (registration.SUCCESS, registration.ASSIGNMENT_TYPE)
        expected["associated"] = scene.resolve(tuple(shape.impis)) if several else None
    return expected


def _comparable(name, value):
    return sorted(value) if name in ("associated", "associated_registered") and value is not None else value


def judge_answer(request, row, scene, answer):
    assert checks.problems(request, answer) == []
    parsed = registration.PARSE[request.command](answer)
    expected = expected_answer(request, row, scene, type(parsed))
    if "features" in expected and not is_good(result_of(answer)) and result_of(answer) != registration.NO_FEATURE:
        del expected["features"]  # the standard wants them in good answers and in that one
    if request.command == cx.SAR and not (request.value("Server-Assignment-Type") in (0, 1, 2)):
        _judge_optional_associated(expected.pop("associated"), parsed.associated, scene)
    wrong = {name: (value, getattr(parsed, name)) for name, value in expected.items()
             if name not in row.free and _comparable(name, getattr(parsed, name)) != _comparable(name, value)}
    assert wrong == {}, f"expected and got: {wrong}"
    if "failed_avp" not in row.free:
        assert judge.failed_names(parsed) == row.failed
    if request.command == cx.SAR:
        judge_user_name(request, parsed, scene)
        judge_user_data(request, row, scene, parsed)
    assert list(registration.presence_problems(request, answer)) == []
    assert list(grammar.problems(answer, complete=True)) == []


def is_good(result):
    return 2001 <= result[1] < 3000


def _judge_optional_associated(expected, got, scene):
    """TS 29.228 table 6.1.2.2 leaves Associated-Identities to the HSS; what is there must be right."""
    assert got is None or sorted(got) == sorted(scene.resolve(tuple(scene.one.shape.impis))), (expected, got)


def judge_user_name(request, saa, scene):
    asked = request.value("User-Name")
    if asked is not None:
        assert saa.user_name in ((asked,) if is_good(result_of(saa.message)) else (None, asked))
    elif saa.user_name is not None:
        assert saa.user_name in scene.resolve(tuple(scene.one.shape.impis))


def read_profile(octets):
    """(PrivateID, [(identity, is barred)], number of each element) of a User-Data document."""
    root = ElementTree.fromstring(octets)
    assert root.tag == "IMSSubscription", root.tag
    members = [(one.findtext("Identity"), one.findtext("BarringIndication", "0") in ("1", "true"))
               for one in root.iterfind("ServiceProfile/PublicIdentity")]
    elements = [one.tag for one in root.iter()]
    return root.findtext("PrivateID"), members, {name: elements.count(name) for name in elements}


def judge_user_data(request, row, scene, saa):
    if not expects_data(request, row):
        assert saa.user_data is None or "user_data" in row.free
        return
    private, members, elements = read_profile(saa.user_data)
    assert private == (request.value("User-Name") or saa.user_name)
    for name, count in row.answer.get("elements", {}).items():
        assert elements.get(name, 0) == count, f"{elements.get(name, 0)} {name}"
    asked = request.value("Public-Identity")
    wanted = expected_members(scene.one, saa.wildcard or asked)
    if is_wildcarded_psi(scene.one, saa.wildcard):
        wanted = [(asked, False)]  # the service that matched stands for the wildcard
    if wanted is not None:
        # a wildcard may be followed by the identity that matched it (TS 29.228 Annex B)
        assert [one for one in members if one[0] != asked or one in wanted] == wanted


def is_wildcarded_psi(one, identity):
    return one.shape.impu.get(one.short(identity), {}).get("type") == "wildcarded_psi"


def expected_members(one, identity):
    short = one.short(identity)
    if short not in {impu for members in one.shape.sets.values() for impu in members}:
        return None  # asked for in another than the canonical form
    barred = {impu: columns.get("barred", False) for impu, columns in one.shape.impu.items()}
    return [(one.names[impu], barred.get(impu, False)) for impu in one.shape.members(short)]


# The state

def state_changes(row, before, after):
    expected = changed(before, row.after)
    return {name: (expected[name], after[name]) for name in expected
            if name not in row.free and _same_order(expected[name]) != _same_order(after[name])}


def _same_order(value):
    return " ".join(sorted(value.split())) if isinstance(value, str) else value


def judge_seen(request, row, result, subscriptions):
    """What changed something is remembered for the T flag, once; what was refused is not."""
    if request.command != cx.SAR:
        return
    count = subscriptions.seen(request)
    assert count <= (is_good(result) or result == registration.ASSIGNMENT_TYPE)
    if row.after:
        assert count == 1


def play_earlier(command, row, scene, connection):
    for ask in row.earlier:
        answer = connection.request(request_of(command, dataclasses.replace(row, ask=ask), scene, connection))
        assert is_good(result_of(answer)), f"an earlier request: {result_of(answer)}"


def play(command, row, shape, connection, subscriptions, stranger):
    """One row on a fresh copy of its shape."""
    one = subscriptions.create(row.shape or shape, row.before)
    before = changed(fresh(one.shape), row.before)
    assert subscriptions.state(one) == before, "the fixture does not hold what the row says"
    scene = Scene(one, stranger)
    if row.earlier:
        play_earlier(command, row, scene, connection)
        before = subscriptions.state(one)
    request = request_of(command, row, scene, connection)
    answer = connection.request(request)
    result = result_of(answer)
    assert is_fine(row, result), f"{result} instead of {row.expect}: {answer.value('Error-Message')}"
    judge_answer(request, row, scene, answer)
    assert state_changes(row, before, subscriptions.state(one)) == {}
    judge_seen(request, row, result, subscriptions)

# SPDX-License-Identifier: Apache-2.0
"""The programs demo.py and mar.py: they verify what is right and refuse every planted wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fake_hss import NOT_REGISTERED, FakeHss, in_item, only
from peer import cards, cx, demo, mar

PEER = Path(demo.__file__).parent
IMPI, IMPU = "alice@ims.test", "sip:alice@ims.test"
K, OP = bytes(range(16)), bytes(range(16, 32))
OPC = cards.opc_of(K, OP)


@pytest.fixture
def card_file(tmp_path):
    path = tmp_path / "cards.csv"
    path.write_text("# test cards\ncredential,k,opc,impi,impu\n"
                    f"c0,{'00' * 16},{'00' * 16},bob@ims.test,sip:bob@ims.test\n"
                    f"c1,{K.hex()},{OPC.hex()},{IMPI},{IMPU}\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def hss():
    server = FakeHss(K, OPC)
    yield server
    server.close()


def run_demo(hss, card_file, *options):
    return demo.main(["--port", str(hss.port), "--card", card_file, "--impi", IMPI, "--timeout", "3", *options])


def test_demo_verifies(hss, card_file, capsys):
    assert run_demo(hss, card_file, "--mar") == 0
    shown = capsys.readouterr().out
    assert "verified: AUTN MAC ok, SQN seq=1 ind=17 fresh, RES == XRES, CK and IK agree" in shown
    assert "Confidentiality-Key: " in shown and "masked" in shown
    assert shown.count("verified:") == 1


def test_demo_shows_a_registration(hss, card_file, capsys):
    assert run_demo(hss, card_file) == 0
    shown = capsys.readouterr().out
    assert [line[4:] for line in shown.splitlines() if line.startswith("=== ")] == [
        f"{number}. {title}" for number, (title, _) in enumerate(demo.BEFORE + demo.AUTHENTICATION + demo.AFTER, 1)]
    for words in ("no S-CSCF serves it yet", f"registered together: {IMPU} (barred), sip:other@ims.test; default sip:other@ims.test",
                  "calls for sip:other@ims.test go to", "no longer registered", "has no services then",
                  "      <PublicIdentity>", "Server-Assignment-Type: 5 USER_DEREGISTRATION"):
        assert words in shown, words
    assert [one.command for one in hss.seen if one.command >= 300] == [300, 303, 300, 301, 302, 300, 301, 300, 301, 302]
    assert {one.value("Origin-Host").split(".")[0] for one in hss.seen if one.command in (300, 302)} == {"icscf"}


def test_demo_can_be_repeated_in_any_state(hss, card_file):
    hss.server_name = cx.DEFAULT_SERVER_NAME
    assert [run_demo(hss, card_file), run_demo(hss, card_file, "--usim-seq", "1")] == [0, 0]


@pytest.mark.parametrize("command, change, words", [
    (300, lambda answer: answer.drop("Experimental-Result").add(("Result-Code", 5012)), "the result is 5012"),
    (300, lambda answer: answer.drop("Server-Name").add(("Server-Name", "sip:elsewhere")), "Server-Name does not belong"),
    (301, lambda answer: answer.drop("User-Data"), "User-Data is missing"),
    (301, lambda answer: answer.drop("User-Data").add(("User-Data", b"<a><b></a>")), "is no XML"),
    (301, lambda answer: answer.replace("User-Data", answer.value("User-Data").replace(IMPI.encode(), b"eve@ims.test")),
     "the profile is that of eve"),
    (301, lambda answer: answer.replace("User-Data", answer.value("User-Data").replace(b">sip:alice", b">sip:eve")),
     "does not hold sip:alice"),
    (301, lambda answer: answer.replace("User-Data", answer.value("User-Data").replace(b"<Identity>sip:o", b"<BarringIndication>1"
     b"</BarringIndication><Identity>sip:o")), "every identity of the profile is barred"),
    (302, lambda answer: answer.replace("Server-Name", "sip:elsewhere"), "names sip:elsewhere"),
    (302, lambda answer: answer.drop("Result-Code").drop("Server-Name").add(NOT_REGISTERED), "the result is 10415/5003"),
])
def test_demo_does_not_verify_a_wrong_registration(hss, card_file, capsys, command, change, words):
    hss.spoil = only(command, change)
    assert run_demo(hss, card_file) == 1
    assert words in capsys.readouterr().err


def test_demo_notices_who_stays_registered(hss, card_file, capsys):
    leave = hss.server_assignment

    def forgetful(request):
        name, answer = hss.server_name, leave(request)
        hss.server_name = hss.server_name or name
        return answer
    hss.server_assignment = forgetful
    assert run_demo(hss, card_file) == 1
    assert "the result is 2001" in capsys.readouterr().err


def test_demo_resynchronises(hss, card_file, capsys):
    assert run_demo(hss, card_file, "--mar", "--resync") == 0
    shown = capsys.readouterr().out
    assert "the HSS went on from seq=2 to seq=1002" in shown
    assert shown.count("verified:") == 3


def test_demo_shows_keys_only_when_asked(hss, card_file, capsys):
    shown_by_options = []
    for options in ([], ["--show-secrets"]):
        answers = []
        hss.spoil = lambda answer, kept=answers: (kept.append(answer), answer)[1]
        assert run_demo(hss, card_file, "--mar", *options) == 0
        shown = capsys.readouterr().out
        keys = {one.name: one.data.hex() for one in answers[0].find("SIP-Auth-Data-Item").value}
        shown_by_options.append([keys[name] in shown for name in
                                 ("SIP-Authorization", "Confidentiality-Key", "Integrity-Key")])
        assert K.hex() not in shown and OPC.hex() not in shown
    assert shown_by_options == [[False] * 3, [True] * 3]


@pytest.mark.parametrize("spoil, words", [
    (in_item("SIP-Authenticate", bytes(32)), "MAC in AUTN is wrong"),
    (in_item("SIP-Authorization", bytes(8)), "RES and XRES"), (in_item("Confidentiality-Key", bytes(16)), "CK of"),
    (in_item("Integrity-Key", bytes(16)), "IK of"), (in_item("Integrity-Key", bytes(8)), "ik has 8"),
    (lambda answer: answer.replace("Result-Code", 5012), "the result is 5012"),
    (lambda answer: answer.drop("Origin-Host"), "0 Origin-Host"), (lambda answer: None, "no answer"),
])
def test_demo_does_not_verify_what_is_wrong(hss, card_file, capsys, spoil, words):
    hss.spoil = spoil
    assert run_demo(hss, card_file, "--mar", "--timeout", "0.3") == 1
    said = capsys.readouterr()
    assert words in said.err and "NOT verified" in said.err and "verified:" not in said.out


def test_demo_refuses_a_stale_sqn(hss, card_file, capsys):
    assert run_demo(hss, card_file, "--usim-seq", "5") == 1
    assert "SEQ 1 is not above 5" in capsys.readouterr().err


def test_demo_refuses_the_separation_bit(hss, card_file, capsys):
    make_autn = hss.card.autn
    hss.card.autn = lambda rand, sqn, amf: make_autn(rand, sqn, b"\x80\0")
    assert run_demo(hss, card_file) == 1
    assert "separation bit" in capsys.readouterr().err


def test_demo_fails_if_the_hss_ignores_auts(hss, card_file, capsys):
    hss._resynchronise = lambda request: None
    assert run_demo(hss, card_file, "--resync") == 1
    assert "synchronisation failure" in capsys.readouterr().err


@pytest.mark.parametrize("program", ["demo.py", "mar.py"])
def test_programs_run_as_files(hss, card_file, program):
    options = ["--port", str(hss.port), "--card", card_file, "--impi", IMPI]
    done = subprocess.run([sys.executable, PEER / program, *options], cwd="/", capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 0, done.stderr


def run_mar(hss, capsys, *options):
    code = mar.main(["--port", str(hss.port), "--timeout", "3", *options])
    return code, json.loads(capsys.readouterr().out)


def test_mar_single(hss, card_file, capsys):
    code, shown = run_mar(hss, capsys, "--card", card_file, "--impi", IMPI)
    (item,) = shown["items"]
    assert (code, shown["outcome"], shown["problems"]) == (0, "2001", [])
    assert (item["mac_ok"], item["seq"], item["ind"], item["amf"]) == (True, 1, 17, "0000")
    assert "masked" in item["ck"]


def test_mar_reports_a_refusal(hss, capsys):
    refusal = ("Experimental-Result", [("Vendor-Id", 10415), ("Experimental-Result-Code", 5001)])
    hss.spoil = lambda answer: answer.drop("Result-Code").drop("SIP-Auth-Data-Item").add(refusal)
    code, shown = run_mar(hss, capsys, "--impi", "nobody", "--impu", "sip:nobody")
    assert (code, shown["outcome"], shown["user_name"]) == (1, "10415/5001", "nobody")


def test_mar_many(hss, capsys):
    code, shown = run_mar(hss, capsys, "--impi", IMPI, "--impu", IMPU, "--count", "101", "--connections", "3")
    assert (code, shown["outcomes"]) == (0, {"2001": 101})
    origins = {one.value("Origin-Host") for one in hss.seen if one.command == 257}
    assert len(origins) == 3 and all(origin.endswith(".3gppnetwork.org") for origin in origins)
    assert {one.value("Origin-Host") for one in hss.seen if one.command == 303} == origins


def test_mar_many_counts_what_is_wrong(hss, capsys):
    hss.spoil = lambda answer: answer if hss.seq != 7 else answer.replace("User-Name", b"\xff")
    code, shown = run_mar(hss, capsys, "--impi", IMPI, "--impu", IMPU, "--count", "10", "--window", "1")
    assert code == 1 and shown["outcomes"]["2001"] == 6 and len(shown["outcomes"]) == 2


# Card files

@pytest.mark.parametrize("text", [
    json.dumps([{"credential": "c1", "k": K.hex(), "opc": OPC.hex(), "impi": IMPI, "impu": IMPU}]),
    json.dumps({"cards": [{"credential": "c1", "k": K.hex(), "op": OP.hex(), "impi": IMPI}]}),
    f"credential,k,op,impi\nc1,{K.hex()},{OP.hex()},{IMPI}\n", f"credential,k,opc\nc1,{K.hex()},{OPC.hex()}\n"])
def test_card_formats(tmp_path, text):
    path = tmp_path / "cards"
    path.write_text(text, encoding="utf-8")
    card = cards.find_card(path, impi=IMPI, credential="c1")
    assert (card.k, card.opc) == (K, OPC)
    assert repr(K) not in repr(card) and repr(OPC) not in repr(card)


def test_card_not_found(card_file):
    with pytest.raises(LookupError, match="nobody"):
        cards.find_card(card_file, impi="nobody")


@pytest.mark.parametrize("text", ["credential,k,opc\nc1,xyz,00\n", "a,b\n1,2\n", "[{}]", "{"])
def test_bad_card_file_is_refused_without_quoting_it(tmp_path, text):
    path = tmp_path / "cards"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="is no file of test cards") as caught:
        cards.read_cards(path)
    assert "xyz" not in str(caught.value)

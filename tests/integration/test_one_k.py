# SPDX-License-Identifier: Apache-2.0
"""Numbers belong to K: whatever a provisioner does to rows, the soft USIM that knows K never sees a number twice."""

import judge
import pytest
from peer import cx
from peer.checks import result_of
from support.instance import eventually

PROVISIONER = "SET ROLE quintet_provisioner; "


class Watch:
    """Every (SEQ, IND) that was issued for one K, whoever asked."""

    def __init__(self, connection, card):
        self.connection, self.card, self.seen = connection, card, []

    def ask(self, card=None, items=2):
        card = card or self.card
        request = cx.mar(card.impi, card.impu, items=items, sender=cx.Sender.on(self.connection))
        maa = cx.parse_maa(self.connection.request(request))
        assert maa.outcome == "2001", maa.outcome
        found = judge.sequence_numbers(self.card, maa)
        assert min(seq for seq, _ in found) > max([seq for seq, _ in self.seen], default=1000)
        self.seen += found


@pytest.fixture
def watch(peers, subscribers):
    watch = Watch(peers["scscf"], subscribers.create())
    watch.ask()
    return watch


def import_twice(product, subscribers, card, *names):
    """The K of a card under names, by quintet keys import."""
    table = product.var / "same-k.csv"
    rows = [f"{name},{card.k.hex()},{card.opc.hex()}" for name in names]
    table.write_text("credential,k,opc\n" + "\n".join(rows) + "\n", encoding="utf-8")
    subscribers._run_script(product.run("quintet", "keys", "import", "--allow-same-key", table).stdout)


def point(product, card, credential):
    product.sql(PROVISIONER + "UPDATE quintet.impi SET credential_id = (SELECT id FROM quintet.credential WHERE name = %s)"
                " WHERE identity = %s; RESET ROLE", (credential, card.impi))


def test_a_renamed_row_copied_back_under_its_name_goes_on(product, watch):
    name = watch.card.credential
    product.sql("UPDATE quintet.credential SET name = %(old)s WHERE name = %(name)s;"
                " INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, data_key_id, opc_sealed, fingerprint)"
                " SELECT %(name)s, kek_id, wrap_mechanism, k_wrapped, data_key_id, opc_sealed, fingerprint FROM quintet.credential"
                " WHERE name = %(old)s", {"old": f"{name}.old", "name": name})
    point(product, watch.card, name)
    watch.ask()


def test_a_fingerprint_that_is_another_ones_makes_a_card_useless_not_repeating(product, watch):
    name = watch.card.credential
    good = product.value("SELECT fingerprint FROM quintet.credential WHERE name = %s", (name,))
    for lie in (bytes(16), bytes([1] * 16)):
        product.sql(PROVISIONER + "UPDATE quintet.credential SET fingerprint = %s WHERE name = %s; RESET ROLE", (lie, name))
        request = cx.mar(watch.card.impi, watch.card.impu, sender=cx.Sender.on(watch.connection))
        assert result_of(watch.connection.request(request)) == (0, 5012)
    product.sql(PROVISIONER + "UPDATE quintet.credential SET fingerprint = NULL WHERE name = %s; RESET ROLE", (name,))

    def is_told():  # one line a second
        request = cx.mar(watch.card.impi, watch.card.impu, sender=cx.Sender.on(watch.connection))
        assert result_of(watch.connection.request(request)) == (0, 5012)
        return f"credential_without_fingerprint credential={name}" in product.log()
    assert eventually(is_told, 5, 0.6)
    product.sql(PROVISIONER + "UPDATE quintet.credential SET fingerprint = %s WHERE name = %s; RESET ROLE", (good, name))
    watch.ask()


def test_two_rows_exchanged_go_on(product, peers, subscribers, watch):
    other = Watch(peers["scscf"], subscribers.create())
    other.ask()
    exchange = ("UPDATE quintet.credential SET name = name || '.x' WHERE name IN (%(a)s, %(b)s);"
                " UPDATE quintet.credential AS c SET name = rtrim(o.name, 'x.'), k_wrapped = o.k_wrapped, opc_sealed = o.opc_sealed,"
                " fingerprint = o.fingerprint FROM (SELECT * FROM quintet.credential) AS o"
                " WHERE (c.name, o.name) IN ((%(a)s || '.x', %(b)s || '.x'), (%(b)s || '.x', %(a)s || '.x'))")
    product.sql(exchange, {"a": watch.card.credential, "b": other.card.credential})
    # Each IMPI now has the other's K.
    watch.ask(other.card)
    other.ask(watch.card)


def test_one_card_under_two_names_has_one_sequence_even_in_one_batch(product, subscribers, watch):
    twin = f"{watch.card.credential}.twin"
    import_twice(product, subscribers, watch.card, twin)
    card = subscribers.create()
    point(product, card, twin)
    watch.ask(card)
    watch.ask()
    requests = [cx.mar(one.impi, one.impu, sender=cx.Sender.on(watch.connection)) for one in (watch.card, card) * 20]
    watch.connection.send_many(requests)
    found = [seq for request in requests
             for seq, _ in judge.sequence_numbers(watch.card, cx.parse_maa(watch.connection.wait(request)))]
    assert len(set(found)) == 40 and min(found) > max(seq for seq, _ in watch.seen)


def test_a_card_deleted_and_imported_again_goes_on(product, subscribers, watch):
    name = watch.card.credential
    product.sql("UPDATE quintet.impi SET schemes = '{giba}', credential_id = NULL WHERE identity = %s", (watch.card.impi,))
    product.sql("DELETE FROM quintet.credential WHERE name = %s", (name,))
    import_twice(product, subscribers, watch.card, name)
    product.sql("UPDATE quintet.impi SET schemes = '{aka}', credential_id = (SELECT id FROM quintet.credential WHERE name = %s)"
                " WHERE identity = %s", (name, watch.card.impi))
    watch.ask()


def test_planted_another_row_for_the_same_k_is_noticed(product, watch):
    """What the fingerprint is for: with numbers of its own, a copied row repeats."""
    name = watch.card.credential
    product.sql("INSERT INTO quintet.sqn_permit SELECT fingerprint FROM quintet.credential WHERE name = %(name)s;"
                " UPDATE quintet.sqn_state SET seq = 1000 FROM quintet.credential WHERE name = %(name)s"
                " AND credential.fingerprint = sqn_state.fingerprint; DELETE FROM quintet.sqn_permit", {"name": name})
    with pytest.raises(AssertionError):
        watch.ask()

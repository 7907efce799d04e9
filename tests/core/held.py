# SPDX-License-Identifier: Apache-2.0
"""Rows that another session of the database keeps locked: requests for these subscribers stay under way until they are let go."""

ROWS = {
    "numbers": "SELECT FROM quintet.sqn_state s JOIN quintet.credential c USING (fingerprint) JOIN quintet.impi i"
               " ON i.credential_id = c.id WHERE i.identity = ANY (%s) FOR UPDATE OF s",
    "subscriptions": "SELECT FROM quintet.subscription s JOIN quintet.impi i ON i.subscription_id = s.id"
                     " WHERE i.identity = ANY (%s) FOR UPDATE OF s",
}


def holding(product, rows, cards):
    return product.held(ROWS[rows], ([card.impi for card in cards],))

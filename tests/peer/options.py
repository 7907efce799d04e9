# SPDX-License-Identifier: Apache-2.0
"""Command-line options that the programs of the test peer share."""

import argparse

from pathlib import Path

from .connection import Connection
from .cx import AKA_V1, HOME_REALM, default_server_name
from .tls import context


def realm_of(argv):
    """The value of --realm, which the defaults of the other options follow."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--realm", default=HOME_REALM)
    return first.parse_known_args(argv)[0].realm


def connect(arguments, host):
    """A peer of that name, as the options have it."""
    tls = None
    if arguments.tls:
        folder = Path(arguments.tls)
        tls = (context(folder / "ca.pem", folder / f"{host}.pem", folder / f"{host}.key"),
               arguments.destination_host or f"hss.{arguments.realm}")
    return Connection(arguments.host, arguments.port, host, arguments.origin_realm, arguments.timeout, tls=tls)


def parser(description, realm=HOME_REALM):
    options = argparse.ArgumentParser(description=description,
                                      formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = options.add_argument
    add("--host", default="127.0.0.1", help="address of the HSS")
    add("--port", type=int, default=3868, help="port of the HSS")
    add("--realm", default=realm, help="realm of the network, from which the names below are made")
    add("--origin-host", default=f"scscf.{realm}", help="our Diameter identity")
    add("--origin-realm", default=realm, help="our realm")
    add("--destination-realm", help="realm of the HSS; default: our own")
    add("--destination-host", help="identity of the HSS; default: not sent")
    add("--tls", metavar="DIR", help="over TLS, with ca.pem, NAME.pem and NAME.key of this folder, NAME being our Diameter identity;"
                                     " the HSS shows a certificate of --destination-host")
    add("--impi", help="private identity (User-Name); default: that of the card")
    add("--impu", help="public identity; default: that of the card")
    add("--server-name", default=default_server_name(realm), help="SIP URI of the S-CSCF")
    add("--scheme", default=AKA_V1, help="SIP-Authentication-Scheme")
    add("--card", metavar="FILE", help="JSON or CSV of test cards: credential,k,opc,impi,impu")
    add("--credential", help="which card of the file; default: the one of --impi")
    add("--timeout", type=float, default=10.0, help="seconds to wait for an answer")
    add("--show-secrets", action="store_true", help="show CK, IK and XRES in full")
    return options

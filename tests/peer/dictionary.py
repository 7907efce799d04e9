# SPDX-License-Identifier: Apache-2.0
"""The AVPs the test peer knows, as one table: base protocol, Cx, Zh, digest, framed and ETSI AVPs."""

from dataclasses import dataclass

TGPP = 10415
ETSI = 13019
CX, ZH = 16777216, 16777221

COMMANDS = {
    257: "Capabilities-Exchange", 280: "Device-Watchdog", 282: "Disconnect-Peer",
    300: "User-Authorization", 301: "Server-Assignment", 302: "Location-Info",
    303: "Multimedia-Auth", 304: "Registration-Termination", 305: "Push-Profile",
}


@dataclass(frozen=True)
class AvpType:
    code: int
    vendor: int
    name: str
    type: str
    mandatory: str  # what a sender does with the M flag: "M" sets it, "-" does not, "?" either


# One row an AVP: code, type, M flag, name. RFC 6733 4.5, RFC 7944, RFC 7683, RFC 8583, RFC 4590, RFC 7155.
_IETF = """
1   UTF8String       M User-Name
8   OctetString      M Framed-IP-Address
25  OctetString      M Class
33  OctetString      M Proxy-State
96  Unsigned64       M Framed-Interface-Id
97  OctetString      M Framed-IPv6-Prefix
104 UTF8String       M Digest-Realm
110 UTF8String       M Digest-QoP
111 UTF8String       ? Digest-Algorithm
121 UTF8String       M Digest-HA1
257 Address          M Host-IP-Address
258 Unsigned32       M Auth-Application-Id
259 Unsigned32       M Acct-Application-Id
260 Grouped          M Vendor-Specific-Application-Id
261 Enumerated       M Redirect-Host-Usage
262 Unsigned32       M Redirect-Max-Cache-Time
263 UTF8String       M Session-Id
264 DiameterIdentity M Origin-Host
265 Unsigned32       M Supported-Vendor-Id
266 Unsigned32       M Vendor-Id
267 Unsigned32       - Firmware-Revision
268 Unsigned32       M Result-Code
269 UTF8String       - Product-Name
273 Enumerated       M Disconnect-Cause
277 Enumerated       M Auth-Session-State
278 Unsigned32       M Origin-State-Id
279 Grouped          M Failed-AVP
280 DiameterIdentity M Proxy-Host
281 UTF8String       - Error-Message
282 DiameterIdentity M Route-Record
283 DiameterIdentity M Destination-Realm
284 Grouped          M Proxy-Info
292 DiameterURI      M Redirect-Host
293 DiameterIdentity M Destination-Host
294 DiameterIdentity - Error-Reporting-Host
296 DiameterIdentity M Origin-Realm
297 Grouped          M Experimental-Result
298 Unsigned32       M Experimental-Result-Code
299 Unsigned32       M Inband-Security-Id
301 Enumerated       - DRMP
621 Grouped          - OC-Supported-Features
622 Unsigned64       - OC-Feature-Vector
623 Grouped          - OC-OLR
650 Grouped          - Load
"""

# TS 29.109 6.3 (the first two), TS 29.229 6.3; the last one is of TS 29.061
_3GPP = """
400 OctetString      M GBA-UserSecSettings
409 Time             - GUSS-Timestamp
600 OctetString      M Visited-Network-Identifier
601 UTF8String       M Public-Identity
602 UTF8String       M Server-Name
603 Grouped          M Server-Capabilities
604 Unsigned32       M Mandatory-Capability
605 Unsigned32       M Optional-Capability
606 OctetString      M User-Data
607 Unsigned32       M SIP-Number-Auth-Items
608 UTF8String       M SIP-Authentication-Scheme
609 OctetString      M SIP-Authenticate
610 OctetString      M SIP-Authorization
611 OctetString      M SIP-Authentication-Context
612 Grouped          M SIP-Auth-Data-Item
613 Unsigned32       M SIP-Item-Number
614 Enumerated       M Server-Assignment-Type
615 Grouped          M Deregistration-Reason
616 Enumerated       M Reason-Code
617 UTF8String       M Reason-Info
618 Grouped          M Charging-Information
619 DiameterURI      M Primary-Event-Charging-Function-Name
620 DiameterURI      M Secondary-Event-Charging-Function-Name
621 DiameterURI      M Primary-Charging-Collection-Function-Name
622 DiameterURI      M Secondary-Charging-Collection-Function-Name
623 Enumerated       M User-Authorization-Type
624 Enumerated       M User-Data-Already-Available
625 OctetString      M Confidentiality-Key
626 OctetString      M Integrity-Key
627 Enumerated       ? User-Data-Request-Type
628 Grouped          ? Supported-Features
629 Unsigned32       - Feature-List-ID
630 Unsigned32       - Feature-List
631 Grouped          - Supported-Applications
632 Grouped          - Associated-Identities
633 Enumerated       M Originating-Request
634 UTF8String       - Wildcarded-Public-Identity
635 Grouped          - SIP-Digest-Authenticate
636 UTF8String       - Wildcarded-IMPU
637 Unsigned32       - UAR-Flags
638 Enumerated       - Loose-Route-Indication
639 Grouped          - SCSCF-Restoration-Info
640 OctetString      - Path
641 OctetString      - Contact
642 Grouped          - Subscription-Info
643 OctetString      - Call-ID-SIP-Header
644 OctetString      - From-SIP-Header
645 OctetString      - To-SIP-Header
646 OctetString      - Record-Route
647 Grouped          - Associated-Registered-Identities
648 Enumerated       - Multiple-Registration-Indication
649 Grouped          - Restoration-Info
650 Enumerated       - Session-Priority
651 Grouped          - Identity-with-Emergency-Registration
652 Enumerated       - Priviledged-Sender-Indication
653 Unsigned32       - LIA-Flags
654 Unsigned32       - Initial-CSeq-Sequence-Number
655 Unsigned32       - SAR-Flags
656 Grouped          - Allowed-WAF-WWSF-Identities
657 UTF8String       - WebRTC-Authentication-Function-Name
658 UTF8String       - WebRTC-Web-Server-Function-Name
659 Unsigned32       - RTR-Flags
660 Grouped          - P-CSCF-Subscription-Info
661 Time             - Registration-Time-Out
662 UTF8String       - Alternate-Digest-Algorithm
663 UTF8String       - Alternate-Digest-HA1
664 Grouped          - Failed-PCSCF
665 DiameterIdentity - PCSCF-FQDN
666 Address          - PCSCF-IP-Address
1263 OctetString     M Access-Network-Information
"""

# ETSI TS 183 033; Kamailio sets M in what it sends of it.
_ETSI = """
500 OctetString      ? Line-Identifier
502 Grouped          M ETSI-SIP-Authorization
504 UTF8String       M ETSI-Digest-Realm
505 UTF8String       M ETSI-Digest-Nonce
509 UTF8String       M ETSI-Digest-Algorithm
513 UTF8String       M ETSI-Digest-Username
514 UTF8String       M ETSI-Digest-URI
515 UTF8String       M ETSI-Digest-Response
518 UTF8String       M ETSI-Digest-Method
519 UTF8String       M ETSI-Digest-Entity-Body-Hash
"""


def _rows(vendor, table):
    for line in table.strip().splitlines():
        code, kind, mandatory, name = line.split()
        yield AvpType(int(code), vendor, name, kind, mandatory)


AVPS = [*_rows(0, _IETF), *_rows(TGPP, _3GPP), *_rows(ETSI, _ETSI)]
BY_NAME = {avp.name: avp for avp in AVPS}
BY_CODE = {(avp.vendor, avp.code): avp for avp in AVPS}

# Values that a person reading a trace or a test log must not be shown by default.
SECRET = {"Confidentiality-Key", "Integrity-Key", "Digest-HA1", "Alternate-Digest-HA1"}

-- SPDX-License-Identifier: Apache-2.0
-- Step 6: what tables and columns mean, for \d+ and for tools; clause by clause. (lint: table)
-- "The server's": written by the server alone; quintet_provisioner has no right to.

COMMENT ON TABLE quintet.subscription IS
  'An IMS subscription: what one party has bought, with all its private and public identities (TS 23.228 5.2.1a).';
COMMENT ON COLUMN quintet.subscription.scscf_name IS
  'S-CSCF that serves it: while one of its sets is registered or unregistered, or an authentication is pending. The '
  'server''s (TS 29.228 8.1).';
COMMENT ON COLUMN quintet.subscription.scscf_host IS
  'Diameter host that assigned the S-CSCF; requests to it go there. The server''s (TS 29.228 8.1).';
COMMENT ON COLUMN quintet.subscription.scscf_realm IS 'Diameter realm of that host. The server''s (TS 29.228 8.1).';
COMMENT ON COLUMN quintet.subscription.reassignment_pending IS
  'Another S-CSCF may take over without being refused. The server''s (TS 29.228 6.1.1.1, TS 23.380 4).';
COMMENT ON COLUMN quintet.subscription.charging_set_id IS
  'Addresses for Charging-Information; NULL: the AVP is not sent (TS 29.228 6.1.2.1).';
COMMENT ON COLUMN quintet.subscription.capability_set_id IS
  'What its S-CSCF must or should be able to do; NULL: any S-CSCF will do (TS 29.228 6.7).';
COMMENT ON COLUMN quintet.subscription.suspended IS
  'May not register; what is registered stays registered (TS 29.228 6.1.1.1).';

COMMENT ON TABLE quintet.impi IS
  'A private identity: who authenticates. Of a public service identity: its private service identity, without '
  'schemes (TS 23.228 5.2.1, TS 23.003 13.3).';
COMMENT ON COLUMN quintet.impi.identity IS
  'user@realm without a scheme; stored canonical, the realm in lower case (TS 23.003 13.3).';
COMMENT ON COLUMN quintet.impi.credential_id IS
  'Card application for AKA; several private identities may share one, and its sequence number (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.impi.schemes IS
  'Allowed schemes of aka, sip-digest, nass-bundled, giba; the first one answers a request for Unknown (TS 29.228 '
  '6.3, TS 33.203 Annex P).';
COMMENT ON COLUMN quintet.impi.roaming_area_id IS 'Networks it may register from; NULL: any (TS 29.228 6.1.1.1, 5004).';
COMMENT ON COLUMN quintet.impi.imsi IS
  'IMSI in the extension of the user profile, when the S-CSCF needs it (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.registration_set IS
  'Implicit registration set: registering one member registers all. An identity that registers by itself is a set '
  'of one (TS 23.228 5.2.1a).';
COMMENT ON COLUMN quintet.registration_set.state IS
  'not_registered, registered or unregistered, of all members. The server''s (TS 29.228 6.1.2).';

COMMENT ON TABLE quintet.impu IS
  'A public identity: of a user (PUI) or of a service (PSI), distinct or wildcarded (TS 23.228 5.2.1a and 5.4.12, '
  'TS 23.003 13.4 to 13.5).';
COMMENT ON COLUMN quintet.impu.identity IS
  'SIP or tel URI, stored canonical; of a wildcarded type with its pattern between two "!" (TS 23.003 13.4, 13.4A '
  'and 13.5).';
COMMENT ON COLUMN quintet.impu.type IS
  'distinct_pui, distinct_psi, wildcarded_psi or wildcarded_pui: IdentityType (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.set_id IS
  'Implicit registration set it belongs to; a PSI is alone in its own (TS 23.228 5.2.1a).';
COMMENT ON COLUMN quintet.impu.position IS
  'Place in the user profile. The first distinct identity that is not barred is the default (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.barred IS
  'BarringIndication: usable for registering its set, for nothing else (TS 29.228 6.1.1.1 and Annex B). Temporary '
  'identities derived from an IMSI are barred (TS 23.003 13.4B).';
COMMENT ON COLUMN quintet.impu.service_profile_id IS
  'Service profile; members of a set may have different ones (TS 23.228 5.2.1a).';
COMMENT ON COLUMN quintet.impu.display_name IS 'DisplayName, shown to called parties (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.alias_group IS
  'AliasIdentityGroupID: identities of one group share set, service profile and data; sent with feature AliasInd '
  '(TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.may_register IS
  'False: the identity may not be registered explicitly (TS 29.228 6.1.1.1).';
COMMENT ON COLUMN quintet.impu.unregistered_services IS
  'Services while not registered; NULL: follows from the filter criteria (TS 29.228 6.1.4.1).';
COMMENT ON COLUMN quintet.impu.trace_info IS 'ServiceLevelTraceInfo, as TS 24.323 defines it (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.priority_level IS 'ServicePriorityLevel, 0 highest to 4 (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.max_registrations IS
  'MaxNumOfAllowedSimultRegistrations: contacts at one time (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.impu.loose_route IS 'Loose-Route-Indication; NULL: not sent (TS 29.229 6.3.45).';
COMMENT ON COLUMN quintet.impu.privileged_sender IS 'Priviledged-Sender-Indication; NULL: not sent (TS 29.229 6.3.58).';
COMMENT ON COLUMN quintet.impu.psi_active IS
  'False: the PSI is answered as if it were unknown (TS 29.228 6.1.4.1, TS 23.228 5.4.12).';
COMMENT ON COLUMN quintet.impu.psi_application_server IS
  'Application server of a PSI that requests go to directly, without an S-CSCF (TS 29.228 6.1.4.1, TS 23.228 '
  '5.4.12).';
COMMENT ON COLUMN quintet.impu.wildcard_prefix IS
  'Generated: what stands before the pattern of a wildcard; matching looks it up.';
COMMENT ON COLUMN quintet.impu.wildcard_pattern IS
  'Generated: the whole wildcard as one regular expression of PostgreSQL.';

COMMENT ON TABLE quintet.impi_set IS
  'Association of a private identity with a set: it may register all its members (TS 29.228 6.1.1.1 step 3).';
COMMENT ON COLUMN quintet.impi_set.auth_pending IS 'An authentication is under way. The server''s (TS 29.228 6.3.1).';
COMMENT ON COLUMN quintet.impi_set.registered IS
  'The set is registered by this private identity. The server''s (TS 29.228 6.1.2.1).';

COMMENT ON TABLE quintet.credential IS
  'Card application: K wrapped by a token key, OPc sealed, and the sequence number state (TS 33.102 6.3 and Annex '
  'C, TS 35.206).';
COMMENT ON COLUMN quintet.credential.algorithm IS 'Authentication algorithm; only milenage (TS 35.206).';
COMMENT ON COLUMN quintet.credential.kek_id IS 'Key-encryption key that wraps K.';
COMMENT ON COLUMN quintet.credential.wrap_mechanism IS 'PKCS#11 mechanism of the wrapping.';
COMMENT ON COLUMN quintet.credential.k_wrapped IS 'K under the KEK; never in clear outside of a token.';
COMMENT ON COLUMN quintet.credential.key_uri IS 'Instead of a wrapped K: a key object of the token (RFC 7512).';
COMMENT ON COLUMN quintet.credential.data_key_id IS 'Data key that seals OPc.';
COMMENT ON COLUMN quintet.credential.opc_sealed IS 'OPc, AES-256-GCM, bound to the name and to the wrapped K.';
COMMENT ON COLUMN quintet.credential.seq IS 'Last SEQ issued, 43 bits. The server''s (TS 33.102 Annex C.1).';
COMMENT ON COLUMN quintet.credential.seq_lead IS 'Lead of the cluster that seq contains already. The server''s.';
COMMENT ON COLUMN quintet.credential.clock_offset IS
  'Difference of the card''s clock in the time-based profiles. The server''s (TS 33.102 Annex C.1).';
COMMENT ON COLUMN quintet.credential.ind_ps IS 'Last IND issued for the PS domain. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.ind_cs IS 'Last IND issued for the CS domain. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.ind_ims IS 'Last IND issued for IMS. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.ind_eps IS 'Last IND issued for EPS. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.ind_wlan IS 'Last IND issued for WLAN. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.ind_gba IS 'Last IND issued for GBA. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.credential.resync_since IS
  'Beginning of the window that counts resynchronisations. The server''s.';
COMMENT ON COLUMN quintet.credential.resync_count IS 'Authentic AUTS in that window. The server''s (TS 33.102 6.3.5).';

COMMENT ON TABLE quintet.kek IS 'Key-encryption keys that this database expects of a token.';
COMMENT ON COLUMN quintet.kek.wrap_mechanism IS 'PKCS#11 mechanism of the wrapping.';
COMMENT ON COLUMN quintet.kek.probe IS 'A random key wrapped under the KEK, to prove a token by.';
COMMENT ON COLUMN quintet.kek.check_value IS 'First three octets of zeros encrypted under the probe.';
COMMENT ON COLUMN quintet.kek.created_at IS 'When the KEK was registered.';

COMMENT ON TABLE quintet.digest_secret IS
  'SIP Digest: H(A1) of the password, sealed; bound to the private identity, realm and algorithm (TS 33.203 Annex '
  'N, TS 29.229 6.3.36).';
COMMENT ON COLUMN quintet.digest_secret.realm IS
  'Digest-Realm: the S-CSCF''s realm, usually the home domain (TS 29.228 6.3).';
COMMENT ON COLUMN quintet.digest_secret.data_key_id IS 'Data key that seals the hashes.';
COMMENT ON COLUMN quintet.digest_secret.md5_sealed IS 'MD5 of user:realm:password, AES-256-GCM (RFC 7616 3.4.2).';
COMMENT ON COLUMN quintet.digest_secret.sha256_sealed IS 'SHA-256 of the same; NULL: not offered (RFC 7616 3.4.2).';

COMMENT ON TABLE quintet.line_identifier IS
  'NASS-Bundled: fixed lines that the private identity may register from (TS 33.203 Annex R, TS 29.229 6.3.42).';
COMMENT ON COLUMN quintet.line_identifier.line IS
  'Line-Identifier as the access network knows it, raw octets (TS 29.229 6.3.42).';
COMMENT ON COLUMN quintet.line_identifier.position IS 'Order of the lines in an answer.';

COMMENT ON TABLE quintet.giba_binding IS
  'GIBA: address that the packet gateway gave to the UE; kept by giba_bind and giba_release (TS 33.203 Annex T).';
COMMENT ON COLUMN quintet.giba_binding.address IS
  'IPv4 address (Framed-IP-Address) or IPv6 prefix with its length (Framed-IPv6-Prefix) (TS 29.229 6.3.53 and '
  '6.3.54).';
COMMENT ON COLUMN quintet.giba_binding.interface_id IS 'Framed-Interface-Id of IPv6, if known (TS 29.229 6.3.55).';
COMMENT ON COLUMN quintet.giba_binding.bound_at IS 'Since when.';

COMMENT ON TABLE quintet.reference_location IS
  'ReferenceLocationInformation of a fixed line, in the extension of the user profile (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.reference_location.position IS 'Order in the document.';
COMMENT ON COLUMN quintet.reference_location.access_type IS
  'AccessType, such as ADSL (TS 29.228 Annex B, TS 24.229 7.2A.4).';
COMMENT ON COLUMN quintet.reference_location.access_info IS 'AccessInfo, such as dsl-location (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.reference_location.access_value IS 'AccessValue: the location itself (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.roaming_area IS
  'Networks that a private identity may register from; an area without networks allows none (TS 29.228 6.1.1.1).';

COMMENT ON TABLE quintet.roaming_area_network IS 'One network of an area.';
COMMENT ON COLUMN quintet.roaming_area_network.network IS
  'Visited-Network-Identifier, a domain name in lower case (TS 29.229 6.3.1, TS 23.003 13.2).';

COMMENT ON TABLE quintet.charging_set IS
  'Charging-Information: functions that charge for a subscription (TS 29.229 6.3.19).';
COMMENT ON COLUMN quintet.charging_set.primary_ecf IS
  'Primary-Event-Charging-Function-Name: online (TS 29.229 6.3.20).';
COMMENT ON COLUMN quintet.charging_set.secondary_ecf IS 'Secondary-Event-Charging-Function-Name (TS 29.229 6.3.21).';
COMMENT ON COLUMN quintet.charging_set.primary_ccf IS
  'Primary-Charging-Collection-Function-Name: offline (TS 29.229 6.3.22).';
COMMENT ON COLUMN quintet.charging_set.secondary_ccf IS
  'Secondary-Charging-Collection-Function-Name (TS 29.229 6.3.23).';

COMMENT ON TABLE quintet.capability_set IS
  'Server-Capabilities: how an I-CSCF chooses an S-CSCF (TS 29.228 6.7, TS 29.229 6.3.4).';
COMMENT ON COLUMN quintet.capability_set.mandatory IS
  'Mandatory-Capability: numbers of the operator (TS 29.229 6.3.5).';
COMMENT ON COLUMN quintet.capability_set.optional IS 'Optional-Capability (TS 29.229 6.3.6).';
COMMENT ON COLUMN quintet.capability_set.server_names IS
  'Preferred S-CSCFs, the best first; with them an I-CSCF need not look at numbers (TS 29.229 6.3.4).';

COMMENT ON TABLE quintet.service_profile IS
  'Service profile: filter criteria and authorisations. Any number of identities may share one (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_profile.media_profile_id IS 'SubscribedMediaProfileId (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_profile.revision IS
  'Moves with every change of the profile or of what it refers to; no number comes twice. Kept by triggers.';
COMMENT ON COLUMN quintet.service_profile.unregistered_services IS
  'A terminating request of an unregistered user can meet one of its criteria. Kept by triggers (TS 29.228 '
  '6.1.4.1).';

COMMENT ON TABLE quintet.service_profile_service IS
  'Services that the core network authorises: ListOfServiceIds (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_profile_service.position IS 'Order in the document.';
COMMENT ON COLUMN quintet.service_profile_service.service_id IS 'ICSI, a URN (TS 24.229 7.2A.8).';

COMMENT ON TABLE quintet.application_server IS
  'Application server that filter criteria send requests to (TS 29.228 Annex B, TS 23.218 5.2).';
COMMENT ON COLUMN quintet.application_server.server_name IS 'ServerName, a SIP URI (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.application_server.default_handling IS
  'DefaultHandling when it does not answer: 0 session continued, 1 terminated; NULL: not said, which means 0 (TS '
  '29.228 Annex B).';
COMMENT ON COLUMN quintet.application_server.service_info IS
  'ServiceInfo: goes into the body of a third-party REGISTER (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.application_server.include_register_request IS
  'IncludeRegisterRequest: third-party REGISTER carries the UE''s (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.application_server.include_register_response IS
  'IncludeRegisterResponse: it also carries the answer to it (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.shared_ifc_set IS
  'Shared set of filter criteria, known to S-CSCFs by its number; expanded for those that lack feature SiFC (TS '
  '29.228 Annex B, TS 29.229 7).';
COMMENT ON COLUMN quintet.shared_ifc_set.id IS 'SharedIFCSetID (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.service_profile_shared_ifc_set IS 'Shared sets of a profile (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.initial_filter_criteria IS
  'InitialFilterCriteria: when which application server is asked. Of one profile or of one shared set (TS 29.228 '
  'Annex B, TS 23.218 5.2).';
COMMENT ON COLUMN quintet.initial_filter_criteria.priority IS
  'Lower numbers first; once in a profile with its shared sets expanded (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.initial_filter_criteria.condition_type_cnf IS
  'ConditionTypeCNF: true CNF, false DNF; NULL: no trigger point, always matches (TS 29.228 Annex B and Annex C).';
COMMENT ON COLUMN quintet.initial_filter_criteria.profile_part IS
  'ProfilePartIndicator: 0 registered, 1 unregistered, NULL both (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.service_point_trigger IS
  'Service point trigger (SPT): one condition of a trigger point (TS 29.228 Annex B and Annex C).';
COMMENT ON COLUMN quintet.service_point_trigger.position IS 'Order in the document.';
COMMENT ON COLUMN quintet.service_point_trigger.negated IS
  'ConditionNegated; NULL: not said, which means false (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.groups IS
  'Groups it belongs to. CNF: members of a group are OR-ed, groups AND-ed; DNF the other way round (TS 29.228 Annex '
  'C).';
COMMENT ON COLUMN quintet.service_point_trigger.kind IS
  'Which of the following columns it looks at (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.request_uri IS
  'RequestURI, an extended regular expression (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.method IS 'Method (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.header IS
  'SIPHeader: name, an extended regular expression (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.session_case IS
  'SessionCase: 0 originating, 1 terminating registered, 2 terminating unregistered, 3 originating unregistered, 4 '
  'originating after call diversion (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.line IS
  'SessionDescription: type of the SDP line, an extended regular expression (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.content IS
  'Content of the header or of the line, an extended regular expression; NULL: it is there (TS 29.228 Annex B).';
COMMENT ON COLUMN quintet.service_point_trigger.registration_types IS
  'RegistrationType of a REGISTER: 0 initial, 1 re-registration, 2 de-registration; none: any (TS 29.228 Annex B).';

COMMENT ON TABLE quintet.extended_priority IS 'ExtendedPriority of an identity (TS 29.228 Annex B, RFC 4412).';
COMMENT ON COLUMN quintet.extended_priority.position IS 'Order in the document.';
COMMENT ON COLUMN quintet.extended_priority.namespace IS 'PriorityNamespace (RFC 4412 3.1).';
COMMENT ON COLUMN quintet.extended_priority.level IS 'PriorityLevel of that name space (RFC 4412 3.1).';

COMMENT ON TABLE quintet.restoration_contact IS
  'S-CSCF restoration information: a contact of a private identity in a set. The server''s (TS 23.380 4, TS 29.229 '
  '6.3.46).';
COMMENT ON COLUMN quintet.restoration_contact.position IS 'Order of the contacts.';
COMMENT ON COLUMN quintet.restoration_contact.path IS 'Path (TS 29.229 6.3.47).';
COMMENT ON COLUMN quintet.restoration_contact.contact IS 'Contact (TS 29.229 6.3.48).';
COMMENT ON COLUMN quintet.restoration_contact.cseq IS 'Initial-CSeq-Sequence-Number (TS 29.229 6.3.60).';
COMMENT ON COLUMN quintet.restoration_contact.call_id IS 'Call-ID of the registration (TS 29.229 6.3.52).';
COMMENT ON COLUMN quintet.restoration_contact.subscription_call_id IS
  'Call-ID of the UE''s subscription to its registration state (TS 29.229 6.3.49).';
COMMENT ON COLUMN quintet.restoration_contact.subscription_from IS 'From header of it (TS 29.229 6.3.49).';
COMMENT ON COLUMN quintet.restoration_contact.subscription_to IS 'To header of it (TS 29.229 6.3.49).';
COMMENT ON COLUMN quintet.restoration_contact.subscription_route IS 'Record-Route of it (TS 29.229 6.3.49).';
COMMENT ON COLUMN quintet.restoration_contact.subscription_contact IS 'Contact of it (TS 29.229 6.3.49).';
COMMENT ON COLUMN quintet.restoration_contact.p_cscf_call_id IS
  'Call-ID of the P-CSCF''s subscription (TS 29.229 6.3.52).';
COMMENT ON COLUMN quintet.restoration_contact.p_cscf_from IS 'From header of it (TS 29.229 6.3.52).';
COMMENT ON COLUMN quintet.restoration_contact.p_cscf_to IS 'To header of it (TS 29.229 6.3.52).';
COMMENT ON COLUMN quintet.restoration_contact.p_cscf_contact IS 'Contact of it (TS 29.229 6.3.52).';
COMMENT ON COLUMN quintet.restoration_contact.registration_time_out IS
  'Registration-Time-Out of the whole group, seconds since 1900 (TS 29.229 6.3.46).';
COMMENT ON COLUMN quintet.restoration_contact.scheme IS
  'SIP-Authentication-Scheme of the whole group (TS 29.229 6.3.9).';

COMMENT ON TABLE quintet.push IS
  'Outbox: RTR and PPR that are due, written in the transaction that made them so; a NOTIFY quintet_push follows '
  '(TS 29.228 6.1.3 and 6.2.2).';
COMMENT ON COLUMN quintet.push.due_at IS 'When it became due.';
COMMENT ON COLUMN quintet.push.kind IS 'rtr or ppr.';
COMMENT ON COLUMN quintet.push.destination_host IS
  'Destination-Host: where the S-CSCF was assigned from (TS 29.228 8.1).';
COMMENT ON COLUMN quintet.push.destination_realm IS 'Destination-Realm.';
COMMENT ON COLUMN quintet.push.impi IS 'User-Name (TS 29.228 6.1.3.1).';
COMMENT ON COLUMN quintet.push.associated IS
  'Associated-Identities: further private identities concerned (TS 29.228 6.1.3.1).';
COMMENT ON COLUMN quintet.push.impus IS 'Public-Identity; none: all of the private identity (TS 29.228 6.1.3.1).';
COMMENT ON COLUMN quintet.push.reason IS
  'Reason-Code: 0 permanent termination, 1 new server assigned, 2 server change, 3 remove S-CSCF; of an RTR (TS '
  '29.229 6.3.17).';
COMMENT ON COLUMN quintet.push.reason_info IS 'Reason-Info, for people (TS 29.229 6.3.18).';

COMMENT ON TABLE quintet.request_seen IS
  'Requests that changed something, for some minutes: the same one again changes nothing twice. The server''s (RFC '
  '6733 3).';
COMMENT ON COLUMN quintet.request_seen.origin_host IS 'Origin-Host of the request.';
COMMENT ON COLUMN quintet.request_seen.end_to_end IS 'End-to-End Identifier.';
COMMENT ON COLUMN quintet.request_seen.seen_at IS 'When it was answered.';
COMMENT ON COLUMN quintet.request_seen.outcome IS 'How it was answered; no data of subscribers.';

COMMENT ON TABLE quintet.cluster IS
  'Which database cluster issued sequence numbers last, to notice one that may have lost commits.';
COMMENT ON COLUMN quintet.cluster.only_row IS 'There is one row.';
COMMENT ON COLUMN quintet.cluster.system_identifier IS 'Of PostgreSQL.';
COMMENT ON COLUMN quintet.cluster.timeline IS 'Of PostgreSQL: changes with every promotion.';
COMMENT ON COLUMN quintet.cluster.seq_lead IS 'What every credential has to leap over once.';

COMMENT ON TABLE quintet.audit IS 'Operators'' acts on keys and sequence numbers. No secrets.';
COMMENT ON COLUMN quintet.audit.at IS 'When.';
COMMENT ON COLUMN quintet.audit.actor IS 'Database user.';
COMMENT ON COLUMN quintet.audit.action IS 'What was done.';
COMMENT ON COLUMN quintet.audit.subject IS 'To what.';
COMMENT ON COLUMN quintet.audit.detail IS 'How.';

COMMENT ON TABLE quintet.schema_version IS 'Steps of the schema that are applied.';
COMMENT ON COLUMN quintet.schema_version.version IS 'Number of the step.';
COMMENT ON COLUMN quintet.schema_version.applied_at IS 'When.';

COMMENT ON VIEW quintet.profile_ifc IS
  'Filter criteria of each profile, its own and those of its shared sets (TS 29.228 Annex B).';
COMMENT ON VIEW quintet.unregistered_ifc IS
  'Filter criteria that a terminating request of an unregistered user can meet (TS 29.228 6.1.4.1).';
COMMENT ON VIEW quintet.provisioning_warnings IS 'What is allowed, but odd: most are forgotten steps. Empty is good.';

COMMENT ON FUNCTION quintet.canonical_impu(text) IS
  'Canonical form of a distinct public identity (TS 23.003 13.4, RFC 3261 19.1.4, RFC 3966 4).';
COMMENT ON FUNCTION quintet.canonical_impi(text) IS 'Canonical form of a private identity (TS 23.003 13.3).';
COMMENT ON FUNCTION quintet.canonical_wildcard(text) IS
  'Canonical form of a wildcarded identity; its pattern stays as it is (TS 23.003 13.4A and 13.5).';
COMMENT ON FUNCTION quintet.prefixes(text) IS 'What wildcards that match this canonical identity can begin with.';
COMMENT ON FUNCTION quintet.giba_bind(text, inet, bytea) IS
  'Tells the address of a GIBA user; true: an RTR became due (TS 33.203 Annex T).';
COMMENT ON FUNCTION quintet.giba_release(text, inet) IS
  'Takes back the address of a GIBA user, with an address only that one; true: an RTR became due (TS 33.203 Annex '
  'T).';

"""Which hops are attested, linked to the attested ones, or borne out by nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.analyze import analyze
from hopscope.analysis.trust import Records, Trust, trust_levels
from hopscope.api import read
from hopscope.checks import check
from hopscope.config.settings import Organisation, Settings
from hopscope.model import Severity
from hopscope.renderers.message.explanation import message as explanation
from hopscope.renderers.message.wording import heading

from .messages import FE, MBX, mapi, message, smtp

A, L, U = Trust.ATTESTED, Trust.LINKED, Trust.UNLINKED
EVIL = "from mail.bank.example (mail.evil.example [203.0.113.7]) by mx.corp.example (Postfix) with ESMTP id 1"
BANK = "from ex5.bank.example (10.1.0.5) by mail.bank.example (10.1.0.6) with ESMTP id 2"
EX = "with Microsoft SMTP Server id 15.1.2507.39"
MX = "by mx.corp.example (Postfix) with ESMTP id 1"
BY_UNI = f"by ex2.uni.example (192.0.2.2) {EX}"
LOCAL = "from localhost (localhost [127.0.0.1])"
X, Y = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AS8PR07MB7654.eurprd07.prod.outlook.com"
FRONT, FRONT_INSIDE = "AM7EUR03FT031.mail.protection.outlook.com", "AM7EUR03FT031.eop-eur03.prod.protection.outlook.com"
NEAR = "AM6PR07CA0006.outlook.office365.com"
OF_ONLINE = "with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7181.15"
PEPF = "BL6PEPF0001AB50"
POOL = "mail-am7eur03on2100.outbound.protection.outlook.com"

CHAINS = {
    "a filter of Exchange Online, in the other network": (
        [
            f"from mx.shop.example (203.0.113.5) by {FRONT} (10.152.27.51) {OF_ONLINE}{FE}",
            f"from {FRONT_INSIDE} (2a01:111:f400:7e0d::202) by {NEAR} (2603:10a6:20b:100::19) {OF_ONLINE}{FE}",
        ],
        [A, A],
    ),
    "a front end of Exchange Online, in the other network": (
        [
            f"from mx.shop.example (203.0.113.5) by {PEPF}.mail.protection.outlook.com (10.1.2.3) {OF_ONLINE}{FE}",
            f"from {PEPF}.namprd04.prod.outlook.com (2a01:111:f403:f902::) by {NEAR} (2603::a) {OF_ONLINE}{FE}",
        ],
        [A, A],
    ),
    "the outbound pool of Exchange Online, in the other network": (
        [
            f"from mx.shop.example (203.0.113.5) by {FRONT} (10.152.27.51) {OF_ONLINE}{FE}",
            f"from {POOL} (2a01:111:f400:7e0d::202) by {NEAR} (2603:10a6:20b:100::19) {OF_ONLINE}{FE}",
        ],
        [U, A],
    ),
    "a stranger that claims to be a filter of Exchange Online": (
        [
            f"from mx.shop.example (203.0.113.5) by {FRONT} (10.152.27.51) {OF_ONLINE}{FE}",
            f"from {FRONT_INSIDE} (2600:3c00::202) by {NEAR} (2603:10a6:20b:100::19) {OF_ONLINE}{FE}",
        ],
        [U, A],
    ),
    # forged: a block below a genuine first hop
    "another name from reverse DNS": ([BANK, EVIL], [U, A]),
    "another name, own address repeated": (
        ["from x.example by mail.bank.example (203.0.113.7) with ESMTP id 2", EVIL],
        [U, A],
    ),
    "another name, written by Exim": (
        [BANK, "from mail.evil.example ([203.0.113.7] helo=mail.bank.example) by mx.corp.example with esmtp id 1"],
        [U, A],
    ),
    "another name, written by qmail": (
        [BANK, "from mail.evil.example (HELO mail.bank.example) (203.0.113.7) by mx.corp.example with SMTP"],
        [U, A],
    ),
    "another name, IPv6": (
        [BANK, f"from mail.bank.example (mail.evil.example [IPv6:2001:db8::7]) {MX}"],
        [U, A],
    ),
    "a name that does not resolve to the address": (
        [BANK, f"from mail.bank.example (mail.bank.example [203.0.113.7] (may be forged)) {MX}"],
        [U, A],
    ),
    "own servers of the receiver, forged": (
        ["from mail.bank.example (192.0.2.1) by relay.corp.example (Postfix) with ESMTP id 2", EVIL],
        [U, A],
    ),
    "the receiver itself, forged": (["from mail.bank.example (192.0.2.1) by mx.corp.example with ESMTP", EVIL], [U, A]),
    "localhost, forged": (["from a.bank.example by localhost with ESMTP id 2", EVIL], [U, A]),
    "below a forged localhost": (
        [BANK, "from a.bank.example (10.0.0.1) by localhost with ESMTP id 2", EVIL],
        [U, U, A],
    ),
    "all below a break": ([mapi("ex5.bank.example"), smtp("ex5.bank.example", "mail.bank.example"), EVIL], [U, U, A]),
    "an EHLO name against the address of the server below": (
        [
            "from a.bank.example (10.0.0.1) by mail.bank.example (192.0.2.5) with ESMTP id 2",
            f"from mail.bank.example (unknown [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    "a loopback peer, another server below": (
        [BANK, f"{LOCAL} by web.hoster.example (Postfix) with ESMTP id 1"],
        [U, A],
    ),
    "another name over loopback, of another organisation": (
        [
            "from evil.example (unknown [127.0.0.1]) by mail.bank.example (Postfix) with ESMTP id 2",
            f"from evil.example (unknown [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    "another name over loopback, against reverse DNS": (
        [
            "from gw.bank.example (unknown [127.0.0.1]) by GW01 (Postfix) with ESMTP id 2",
            f"from gw.bank.example (mail.evil.example [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    # linked
    "another name over loopback": (
        [
            "from ex1.bank.example (unknown [10.0.0.1]) by gw.bank.example (Postfix) with ESMTP id 3",
            "from gw.bank.example (unknown [127.0.0.1]) by GW01 (Postfix) with ESMTP id 2",
            f"from gw.bank.example (203.0.113.9) {MX}",
        ],
        [L, L, A],
    ),
    "another name over loopback, IPv6, reverse DNS": (
        [
            "from gw.bank.example (localhost [IPv6:::1]) by filter.bank.example (Postfix) with ESMTP id 2",
            f"from x.bank.example (gw.bank.example [203.0.113.9]) {MX}",
        ],
        [L, A],
    ),
    "name from reverse DNS": ([BANK, f"from x.example (mail.bank.example [203.0.113.7]) {MX}"], [L, A]),
    "name from reverse DNS, of the pool": (
        [BANK, f"from out7.bank.example (out7.bank.example [203.0.113.7]) {MX}"],
        [L, A],
    ),
    "own address": (
        ["from x by mail.bank.example (203.0.113.7) with ESMTP", "from [203.0.113.7] (203.0.113.7) by mx.corp.example"],
        [L, A],
    ),
    "EHLO name to Exchange, which looks no name up": (
        [
            "from x by mail.bank.example (Postfix) with ESMTP id 2",
            f"from mail.bank.example (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [L, A],
    ),
    "EHLO name, address inside behind NAT": ([BANK, f"from mail.bank.example (unknown [203.0.113.7]) {MX}"], [L, A]),
    "internal name behind a gateway": (
        [
            mapi("ex1.bank.local"),
            smtp("ex1.bank.local", "ex1.bank.local"),
            f"from ex1.bank.local (mail.bank.example [203.0.113.7]) {MX}",
        ],
        [L, L, A],
    ),
    "server inside the sender, behind its gateway": (
        [
            mapi("ex1.bank.local"),
            smtp("ex1.bank.local", "ex1.bank.local"),
            "from ex1.bank.local (10.1.2.3) by mail.bank.example (Postfix) with ESMTP id 3",
            f"from mail.bank.example (mail.bank.example [203.0.113.7]) {MX}",
        ],
        [L, L, L, A],
    ),
    "a filter on the sender's gateway": (
        [
            "from ex1.bank.example (10.1.2.3) by mail.bank.example (Postfix) with ESMTP id 3",
            "from mail.bank.example ([127.0.0.1]) by localhost (mail.bank.example [127.0.0.1]) with LMTP id 2",
            f"{LOCAL} by mail.bank.example (Postfix) with ESMTP id 1",
            f"from mail.bank.example (mail.bank.example [203.0.113.7]) {MX}",
        ],
        [L, L, L, A],
    ),
    "a last hop by localhost at the sender": (
        [
            "from ex1.bank.example (10.1.2.3) by mail.bank.example (Postfix) with ESMTP id 3",
            "from ex1.bank.example (10.1.2.3) by localhost with ESMTP id 2",
            f"from mail.bank.example (mail.bank.example [203.0.113.7]) {MX}",
        ],
        [L, L, A],
    ),
    "a mailing list": (
        [
            "from x by smtp.sender.example (Postfix) with ESMTPSA id 4",
            "from smtp.sender.example (smtp.sender.example [192.0.2.3]) by lists.list.example with ESMTP id 3",
            f"{LOCAL} by lists.list.example (Postfix) with ESMTP id 2",
            f"from lists.list.example (lists.list.example [192.0.2.4]) {MX}",
        ],
        [L, L, L, A],
    ),
    "fetched from a mailbox": (
        [
            "from x by smtp.sender.example (Postfix) with ESMTP id 4",
            "from smtp.sender.example (smtp.sender.example [192.0.2.3]) by mx.isp.example with ESMTP id 3",
            "from imap.provider.example (192.0.2.9) by localhost with IMAP (fetchmail-6.4.19)",
        ],
        [L, L, A],
    ),
    "Exchange Online to another organisation": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} ({POOL} [104.47.17.100]) {MX}",
        ],
        [L, A],
    ),
    # attested
    "one organisation": ([mapi("ex1.corp.example"), smtp("ex1.corp.example", "ex2.corp.example")], [A, A]),
    "inbound through Front End": (
        [
            "from x by mail.shop.example (Postfix) with ESMTPSA id 3",
            f"from mail.shop.example (203.0.113.5) by ex1.corp.example (10.0.0.1) {EX}{FE}",
            smtp("ex1.corp.example", "ex2.corp.example"),
            smtp("ex2.corp.example", "ex3.corp.example", via=MBX),
        ],
        [L, A, A, A],
    ),
    "short names": ([mapi("EX1"), smtp("EX1", "EX2"), smtp("EX2", "EX3")], [A, A, A]),
    "private peer under another name": (
        ["from x (192.0.2.1) by gw.corp.example (Postfix) with ESMTP id 2", f"from inside (10.0.0.9) {MX}"],
        [A, A],
    ),
    "public servers of one organisation": (
        [
            "from mail.shop.example (mail.shop.example [192.0.2.7]) by mx2.corp.example (Postfix) with ESMTP id 2",
            f"from mx2.corp.example (mx2.corp.example [198.51.100.2]) {MX}",
        ],
        [A, A],
    ),
    "Google, with addresses as names": (
        [
            "from mail.club.example (mail.club.example [192.0.2.3]) by mx.google.com with ESMTPS id 2",
            "by 2002:a05:6512:3c87:b0:51a:1e2f:3b4c with SMTP id 1",
        ],
        [A, A],
    ),
    "inside Exchange Online": (
        [
            f"from mail.shop.example (203.0.113.5) by {FRONT} (10.152.16.70) {OF_ONLINE}{FE}",
            f"from {FRONT_INSIDE} (2603:10a6:20b:cafe::ab) by {NEAR} (2603:10a6:20b:4b::19) {OF_ONLINE}{FE}",
            f"from {NEAR} (2603:10a6:20b:4b::19) by {Y} (2603:10a6:20b:4b::20) {OF_ONLINE}",
            f"from {Y} (::1) by {X} with HTTPS",
        ],
        [A, A, A, A],
    ),
    "LMTP to another host": (
        [
            "from x by relay.corp.example with ESMTP",
            "from relay.corp.example ([192.0.2.7]) by mx.corp.example with LMTP",
        ],
        [A, A],
    ),
    "name that Exim verified": (
        [
            "from x by relay.corp.example with ESMTP",
            "from relay.corp.example ([192.0.2.7]) by mx.corp.example with esmtps (Exim 4.96) id A",
        ],
        [A, A],
    ),
    # claims of a name that the receiving organisation knows better
    "an own name as EHLO": (
        [
            "from a (192.0.2.1) by relay.corp.example (Postfix) with ESMTP id 2",
            f"from relay.corp.example (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}",
        ],
        [U, A],
    ),
    "an own name as EHLO, another own server below": (
        [mapi("ex3.corp.example"), f"from ex9.corp.example (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}"],
        [U, A],
    ),
    "an own name as EHLO, without a name from reverse DNS": (
        [mapi("ex1.corp.example"), f"from ex1.corp.example (unknown [203.0.113.7]) {MX}"],
        [U, A],
    ),
    "the receiver's name as EHLO": (
        [
            "from a (192.0.2.1) by mx.corp.example with esmtps (Exim 4.96) id B",
            "from [2001:db8:bad::7] (port=4711 helo=mx.corp.example) by mx.corp.example with esmtps (Exim 4.96) id A",
        ],
        [U, A],
    ),
    "an internal name of the receiver as EHLO": (
        [mapi("ex3.corp.local"), f"from ex3.corp.local (203.0.113.7) by ex1.corp.local (10.0.0.1) {EX}{FE}"],
        [U, A],
    ),
    "one address block": (
        ["from x by ex1.uni.example (192.0.2.1) with ESMTP", f"from ex1.uni.example (192.0.2.1) {BY_UNI}"],
        [L, A],
    ),
    "one address block, IPv6": (
        [
            "from x by ex1.uni.example (2001:db8:7:1::1) with ESMTP",
            f"from ex1.uni.example (2001:db8:7:1::1) by ex2.uni.example (2001:db8:7:2::2) {EX}",
        ],
        [L, A],
    ),
    "an own name as EHLO, of an authenticated client": (
        [
            f"{LOCAL} by pc7.corp.example (Postfix) with ESMTP id 2",
            "from [203.0.113.7] (helo=pc7.corp.example) by mx.corp.example with esmtpsa (Exim 4.96) id 1",
        ],
        [L, A],
    ),
    "an own name below a relay": (
        [
            "from a (192.0.2.1) by mail.corp.example (Postfix) with ESMTP id 3",
            "from mail.corp.example (unknown [203.0.113.7]) by relay.isp.example (Postfix) with ESMTP id 2",
            f"from relay.isp.example (relay.isp.example [192.0.2.3]) {MX}",
        ],
        [U, L, A],
    ),
    "an own name over loopback of a claimed one": (
        [
            "from gw.corp.example (unknown [127.0.0.1]) by GW01 (Postfix) with ESMTP id 2",
            f"from gw.corp.example (unknown [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    # the address in the by clause is a claim, too
    "own name and the peer's address": (
        [
            "from ws (10.0.0.9) by ex1.corp.example (203.0.113.7) with ESMTP id 2",
            f"from ex1.corp.example (unknown [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    "own name and the peer's address, EHLO of another organisation": (
        [
            "from ws (10.0.0.9) by ex3.corp.example (203.0.113.7) with ESMTP id 2",
            f"from mail.evil.example (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [U, A],
    ),
    "own name and the peer's address, IPv6": (
        [
            "from ws ([10.0.0.9]) by relay.corp.example ([2001:db8:bad::7]) with esmtpsa (Exim 4.96) id C",
            "from [2001:db8:bad::7] (port=4711 helo=relay.corp.example) by mx.corp.example with esmtps (Exim 4.96)",
        ],
        [U, A],
    ),
    "the peer's address, EHLO of a third organisation": (
        [
            "from x by mail.bank.example (203.0.113.7) with ESMTP id 2",
            f"from mail.evil.example (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [U, A],
    ),
    "the peer's address, EHLO of an internal server": (
        [
            "from x by mail.bank.example (203.0.113.7) with ESMTP id 2",
            f"from EX7 (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [L, A],
    ),
    # Exchange Online sends from published networks
    "Exchange Online, EHLO name from another network": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} (203.0.113.7) by {FRONT} (10.152.16.70) {OF_ONLINE}{FE}",
        ],
        [U, A],
    ),
    "Exchange Online to Exchange, EHLO name from another network": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} (203.0.113.7) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [U, A],
    ),
    "Exchange Online, EHLO name": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} (40.107.15.50) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [L, A],
    ),
    "Exchange Online, EHLO name, IPv4-mapped": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} (::ffff:40.107.15.50) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [L, A],
    ),
    "Exchange Online, EHLO name, IPv6, redacted": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}",
            f"from {POOL} (2001:db8::5bdf:e099:515f) by ex1.corp.example (10.0.0.1) {EX}{FE}",
        ],
        [L, A],
    ),
    "Exchange Online, EHLO name from a network nearby": (
        [
            f"from {X} (2603:10a6:10:fa::15) by {X} (40.112.1.1) {OF_ONLINE}",
            f"from {X} (40.112.1.1) by {Y} (40.112.7.7) {OF_ONLINE}",
        ],
        [U, A],
    ),
    # hosting providers
    "a rented host": (
        [
            "from x by a8-30.smtp-out.amazonaws.com (Postfix) with ESMTP id 2",
            f"from mail.shop.example (ec2-203-0-113-7.compute-1.amazonaws.com [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    "a rented host, EHLO name": (
        [
            "from x by vps2.vps.ovh.net (Postfix) with ESMTP id 2",
            f"from vps1.vps.ovh.net (unknown [203.0.113.7]) {MX}",
        ],
        [U, A],
    ),
    "a rented host under its name": (
        [
            "from x by vps1.vps.ovh.net (Postfix) with ESMTP id 2",
            f"from mail.shop.example (vps1.vps.ovh.net [203.0.113.7]) {MX}",
        ],
        [L, A],
    ),
    # two organisations in one network
    "a private peer of another organisation": (
        [mapi("ex1.north.example"), smtp("ex1.north.example", "mx.south.example", via=FE)],
        [L, A],
    ),
    # HOP401
    "below a break": (
        [
            mapi("ex1.corp.example"),
            smtp("ex1.corp.example", "ex1.corp.example"),
            smtp("ex7.corp.example", "ex2.corp.example"),
            smtp("ex2.corp.example", "ex2.corp.example", via=MBX),
        ],
        [U, U, A, A],
    ),
    "no Received field": ([], []),
}


@pytest.mark.parametrize(("stamps", "expected"), CHAINS.values(), ids=CHAINS)
def test_trust(stamps: list[str], expected: list[Trust]) -> None:
    assert analyze(message(*stamps)).trust == tuple(expected)


def test_servers_of_the_settings_are_attested_where_they_are_linked() -> None:
    gateway = "from x by mx.corp.example (Postfix) with ESMTP id 3"
    scanner = "from mx.corp.example (mx.corp.example [192.0.2.2]) by scan.filter.example with ESMTP id 2"
    forged = "from mail.evil.example (mail.evil.example [203.0.113.7]) by scan.filter.example with ESMTP id 2"
    delivery = "from scan.filter.example (scan.filter.example [192.0.2.3]) by mail.hoster.example with ESMTP id 1"
    claimed = "from mx.corp.example (192.0.2.2) by scan.filter.example with ESMTP id 2"
    for expected, middle, in_networks in (
        ((A, L, A), scanner, {}),
        ((U, L, A), forged, {}),
        ((L, L, A), claimed, {}),
        ((L, L, A), scanner, {2: False}),
        ((A, L, A), claimed, {2: True}),
        ((U, L, A), forged, {2: True}),
    ):
        records = Records(own={1: True}, in_networks=in_networks)
        assert trust_levels(message(gateway, middle, delivery).hops, records) == expected


SPF = "Received-SPF: Fail (protection.outlook.com: domain of {} does not designate {} as permitted sender)"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (SPF.format("corp.example", "203.0.113.7"), U),
        ('Received-SPF: fail (mx: x) client-ip=203.0.113.7; envelope-from="a@news.corp.example"; helo=x', U),
        ("Authentication-Results: mx.shop.example; spf=fail (sender IP is 203.0.113.7) smtp.mailfrom=corp.example", U),
        (SPF.format("corp.example", "203.0.113.8"), L),
        (SPF.format("list.example", "203.0.113.7"), L),
        (SPF.format("corp.example", "203.0.113.7").replace("Fail", "SoftFail"), L),
    ],
)
def test_an_ehlo_name_links_nothing_if_spf_failed(field: str, expected: Trust) -> None:
    peer = f"from hybrid.corp.example (203.0.113.7) by {FRONT} (10.152.16.70) {OF_ONLINE}{FE}"
    stamps = f"Received: {peer}\nReceived: {mapi('hybrid.corp.example')}\n"
    assert analyze(read(f"{field}\n{stamps}Subject: x\n")).trust == (expected, A)


BORDERS = {
    "name from reverse DNS": ([BANK, EVIL], (2, "corp.example", "mail.evil.example [203.0.113.7]")),
    "EHLO name only": (
        [f"from mail.shop.example (203.0.113.5) by ex1.corp.example (10.0.0.1) {EX}"],
        (1, "corp.example", "[203.0.113.5] (HELO mail.shop.example)"),
    ),
    "no name": (["from [192.0.2.1] ([192.0.2.1]) by ex1 with ESMTP"], (1, "ex1", "[192.0.2.1]")),
    "two organisations in one network": (
        [mapi("ex1.north.example"), smtp("ex1.north.example", "mx.south.example", via=FE)],
        (2, "south.example", "[10.17.6.129] (HELO ex1.north.example)"),
    ),
    "no peer": (["by ex1.corp.example with mapi id 15.1"], (1, "corp.example", "an unnamed system")),
}


@pytest.mark.parametrize(("stamps", "expected"), BORDERS.values(), ids=BORDERS)
def test_border(stamps: list[str], expected: tuple[int, str, str]) -> None:
    border = analyze(message(*stamps)).border
    assert border is not None
    assert (border.hop, border.organisation, str(border.peer)) == expected


HOUR = ("; Wed, 8 Mar 2017 10:00:00 +0000", "; Wed, 8 Mar 2017 11:00:00 +0000", "; Wed, 8 Mar 2017 11:00:01 +0000")
GENUINE = "from mail.bank.example (mail.bank.example [203.0.113.7]) by mx.corp.example (Postfix) with ESMTP id 1"


@pytest.mark.parametrize(("last", "is_claim"), [(EVIL, True), (GENUINE, False)])
def test_a_delay_below_a_break_is_a_claim(last: str, is_claim: bool) -> None:  # noqa: FBT001 - of a table
    ex5 = mapi("ex5.bank.example") + HOUR[0]
    mail = smtp("ex5.bank.example", "mail.bank.example") + HOUR[1]
    analysis = analyze(message(ex5, mail, last + HOUR[2]))
    delayed = [finding for finding in analysis.findings if finding.code == "HOP110"]
    assert [finding.message.startswith("As the headers claim: hop 2 delayed 1 h") for finding in delayed] == [is_claim]
    assert ("before hop 2, as the headers claim" in heading(analysis)) is is_claim
    assert ("held by ex5.bank.example" in heading(analysis)) is not is_claim


def test_a_claim_does_not_fail_a_check() -> None:
    ex5 = mapi("ex5.bank.example") + HOUR[0]
    mail = smtp("ex5.bank.example", "mail.bank.example", via=FE) + HOUR[1]
    context = analyze(message(ex5, mail, EVIL + HOUR[2]))
    found = check(context, Settings(organisation=Organisation(domains=("corp.example",))))
    assert {str(finding.severity) for finding in found if finding.code == "HOP110"} == {"info"}


def day(time: str, stamp: str) -> str:
    return f"{stamp}; Wed, 8 Mar 2017 {time} +0000"


FORGED = {
    "HOP110": (
        day("10:00:00", mapi("ex5.bank.example")),
        day("12:00:00", smtp("ex5.bank.example", "ex6.bank.example")),
    ),
    "HOP101": (
        day("12:00:00", "from a.bank.example by b.bank.example (Postfix) with ESMTP"),
        day("11:00:00", "from b.bank.example by c.bank.example (Postfix) with ESMTP"),
    ),
    "HOP104": (
        day("12:59:20", "from ws.bank.example by a.bank.example (Postfix) with ESMTP"),
        day("09:01:00", "from a.bank.example by b.bank.example (Postfix) with ESMTP"),
        day("12:59:25", "from b.bank.example by c.bank.example (Postfix) with ESMTP"),
    ),
    "HOP402": tuple(
        day(f"12:00:0{second}", smtp("o.bank.example", "b.bank.example", via=FE)) for second in range(1, 4)
    ),
    "HOP452": (
        day("10:00:00", mapi("ex5.bank.example")),
        day("12:00:00", "from ex6.bank.example (10.0.0.6) by ex6.bank.example with ShadowRedundancy id 15.1.2507.39"),
    ),
    "HOP455": (
        day("09:00:00", "from a.bank.example (a.bank.example [192.0.2.2]) by mx.bank.example (Exim 4.96) with esmtps"),
        day("12:00:00", "from imap.bank.example [192.0.2.5] by nas.bank.example with IMAP (fetchmail-6.3.26)"),
    ),
}
"""Blocks of fields, by the code of a finding about them."""


@pytest.mark.parametrize(("code", "block"), FORGED.items(), ids=FORGED)
def test_findings_below_a_border_are_claims(code: str, block: tuple[str, ...]) -> None:
    analysis = analyze(message(*block, day("13:00:00", EVIL)))
    reported = [finding for finding in analysis.findings if finding.hop and finding.code != "HOP401"]
    assert code in {finding.code for finding in reported}
    assert all(finding.severity is Severity.INFO for finding in reported)
    assert all(finding.message.startswith("As the headers claim: ") for finding in reported)
    text = f"{heading(analysis)} {explanation(analysis)}"
    assert "held by" not in text
    assert ("in a mailbox (as the headers claim)" in text) is (code == "HOP455")


def test_findings_above_a_border_are_facts() -> None:
    inside = (
        day("13:00:00", EVIL),
        day("13:00:01", "from mx.corp.example (10.0.0.2) by ex1.corp.example (10.0.0.3) with ESMTP id 3"),
        day("14:00:01", "from ex1.corp.example (10.0.0.3) by ex2.corp.example (10.0.0.4) with ESMTP id 4"),
    )
    analysis = analyze(message(*FORGED["HOP101"], *inside))
    (delayed,) = [finding for finding in analysis.findings if finding.code == "HOP110" and finding.hop == 5]
    assert delayed.message.startswith("Hop 5 delayed 1 h")
    lines = explanation(analysis).splitlines()
    assert "  - 1 h at ex1.corp.example" in lines
    assert "  - 1 h at c.bank.example, as claimed" in lines


def test_services_that_unlinked_hops_show_are_uncertain() -> None:
    online = f"from {X} (2603:10a6:10:fa::15) by {X} (2603:10a6:10:fa::15) {OF_ONLINE}"
    for peer, certain in ((f"{POOL} [40.107.15.50]", True), ("host7.evil.example [203.0.113.7]", False)):
        analysis = analyze(message(online, f"from {POOL} ({peer}) {MX}"))
        (pool,) = analysis.services_without_header
        assert pool.certain is certain
        assert pool.evidence.startswith("as the headers claim, ") is not certain


@pytest.mark.parametrize(("last", "severity"), [(EVIL, "info"), (GENUINE, "error")])
def test_limits_that_only_claimed_time_exceeds_are_information(last: str, severity: str) -> None:
    block = (day("10:00:00", mapi("ex5.bank.example")), day("12:00:00", smtp("ex5.bank.example", "mail.bank.example")))
    limits = Settings(max_total=timedelta(hours=1), max_hop=timedelta(hours=1))
    found = check(analyze(message(*block, day("12:00:01", last))), limits)
    severities = {finding.code: str(finding.severity) for finding in found}
    assert (severities["HOP611"], severities["HOP612"]) == (severity, severity)


@given(st.lists(st.sampled_from([stamp for stamps, _ in CHAINS.values() for stamp in stamps]), max_size=6))
def test_trust_only_falls_towards_the_origin(stamps: list[str]) -> None:
    levels = analyze(message(*stamps)).trust
    assert list(levels) == sorted(levels, key=[U, L, A].index)
    assert levels[-1:] in {(), (A,)}


def test_labels_before_a_break_that_hop401_reports_are_not_certain() -> None:
    stamps = (
        mapi("ex1.corp.example"),
        smtp("ex1.corp.example", "ex2.corp.example", via=FE),
        smtp("ex2.corp.example", "ex3.corp.example"),
        smtp("ex9.corp.example", "ex4.corp.example", via=MBX),
    )
    analysis = analyze(message(*stamps))
    assert [finding.hop for finding in analysis.findings if finding.code == "HOP401"] == [4]
    assert [hop.label.confidence <= 0.5 for hop in analysis.hops] == [True, True, True, False]
    assert all("HOP401" in hop.label.evidence[-1] for hop in analysis.hops[:3])
    genuine = analyze(message(*stamps[:3], smtp("ex3.corp.example", "ex4.corp.example", via=MBX)))
    assert [hop.label for hop in genuine.hops] == [hop.label for hop in genuine.route.hops]

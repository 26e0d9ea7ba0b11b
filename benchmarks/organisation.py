"""The mail of a fictional organisation with four Exchange 2016 servers, to test statistics of many messages.

    python benchmarks/organisation.py FOLDER --messages 3000 [--whole] [--random] [--mbox FILE]

Writes one .eml file per message, and with --mbox all of them to an mbox file, too. With --whole, messages have header
fields and bodies like those of real mail: about 5 kB of signatures and verdicts, and a body with a median of 20 kB and
a long tail, as text or base64. With --random, every message has different servers, builds and services. The same number
and seed give the same bytes. The mail has business hours in one zone, mail from and to partners, internal mail, an
application that submits with TLS 1.0, a server with an old build, a server whose clock is 14 s slow, mailbox delivery
that is sometimes retried after five minutes, and an evening with a blocked queue.
"""

import argparse
import random
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

SERVERS = ("EX16-01", "EX16-02", "EX16-03", "EX16-04")
BUILDS = {"EX16-01": "15.1.2507.39", "EX16-02": "15.1.2507.39", "EX16-03": "15.1.2507.39", "EX16-04": "15.1.1713.5"}
OFF = {"EX16-03": timedelta(seconds=-14)}
START = datetime(2024, 6, 3, tzinfo=UTC)
DAYS = 21
ZONE = timezone(timedelta(hours=2))
STRONG = "version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
WEAK = "version=TLS1_0, cipher=TLS_RSA_WITH_AES_256_CBC_SHA"
OUTAGE = START + timedelta(days=9, hours=15), START + timedelta(days=9, hours=17)


class Transit:
    """A message in transit: its Received fields, newest first, and the true time."""

    def __init__(self, chance: random.Random, when: datetime) -> None:
        self._chance, self.when, self.stamps = chance, when, list[str]()

    def wait(self, median: float, spread: float = 0.8) -> None:
        """Advance the time by a log-normal number of seconds."""
        self.when += timedelta(seconds=median * self._chance.lognormvariate(0, spread))

    def exchange(
        self, server: str, sender: tuple[str, str], *, via: str = "", tls: str = STRONG, mapi: bool = False
    ) -> None:
        """A Received field of an Exchange server."""
        name, address = sender
        build, number = BUILDS[server], SERVERS.index(server) + 11
        with_ = "mapi" if mapi else f"Microsoft SMTP Server ({tls})"
        by = f"{server}.corp.north.example (10.40.0.{number})"
        via = f" via {via}" if via else ""
        self.stamp(
            f"from {name} ({address}) by\n {by} with {with_} id\n {build}{via}",
            self.when + OFF.get(server, timedelta()),
        )

    def postfix(self, host: str, sender: str, address: str) -> None:
        """A Received field of a partner or an application."""
        queue = "".join(self._chance.choices("0123456789ABCDEF", k=10))
        tls = "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))"
        self.stamp(
            f"from {sender} ({sender} [{address}])\n {tls}\n by {host} (Postfix) with ESMTPS id {queue}", self.when
        )

    def stamp(self, text: str, when: datetime) -> None:
        """Prepend a Received field."""
        self.stamps.insert(0, f"Received: {text}; {when.astimezone(ZONE):%a, %-d %b %Y %H:%M:%S %z}\n")


def messages(number: int, seed: int = 1, *, whole: bool = False, varied: bool = False) -> Iterator[tuple[str, str]]:
    """File names and messages."""
    chance = random.Random(seed)  # noqa: S311 - fictional mail
    filler = Filler(seed) if whole else None
    times = sorted(_time(chance) for _ in range(number))
    for place, when in enumerate(times, 1):
        transit = Transit(chance, when)
        kinds = ((_varied,), (1,)) if varied else ((_inbound, _internal, _outbound, _application), (52, 30, 14, 4))
        kind = chance.choices(*kinds)[0]
        subject = kind(transit, chance)
        head = f"From: <a{place}@north.example>\nTo: <b{place}@north.example>\nSubject: {subject} {place}\n"
        date = f"Date: {when.astimezone(ZONE):%a, %-d %b %Y %H:%M:%S %z}\n"
        identity = f"Message-ID: <{place:06d}.{seed}@north.example>\n"
        rest, body = filler.message() if filler else ("", "Invented.\n")
        yield f"{place:06d}.eml", "".join((*transit.stamps, rest, head, date, identity, "\n", body))


WORDS = "order minutes of the meeting offer invoice please find attached regards Monday quarter plan From here on"


class Filler:
    """Header fields and bodies like those of real mail, cut from a text that is generated once."""

    BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def __init__(self, seed: int) -> None:
        self._chance = chance = random.Random(seed)  # noqa: S311 - fictional mail
        words = WORDS.split()
        lines = (" ".join(chance.choices(words, k=chance.randint(4, 13))) for _ in range(40_000))
        self._text = "".join(f"{line}\n" for line in lines)
        self._coded = "".join(f"{''.join(chance.choices(self.BASE64, k=76))}\n" for _ in range(80_000))

    def message(self) -> tuple[str, str]:
        """Additional header fields and a body."""
        size = min(int(20_000 * self._chance.lognormvariate(0, 1.6)), 5_000_000)
        stock = self._text if self._chance.random() < 0.4 else self._coded  # noqa: PLR2004 - as mail goes
        start = stock.index("\n", self._chance.randrange(len(stock) // 2)) + 1
        body = (stock[start:] * (1 + size // (len(stock) - start)))[:size]
        return self._fields(), f"{body}\n"

    def _fields(self) -> str:
        coded, chance = self._cut(1200).replace("\n", ""), self._chance
        folded = "\n\t".join(coded[place : place + 72] for place in range(0, len(coded), 72))
        domain = f"partner{chance.randrange(1, 40)}.example"
        return (
            f"Authentication-Results: mx.north.example; dkim=pass header.d={domain};\n spf=pass\n"
            f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=s1;\n\th=from:to:subject:date;\n\tb={folded}\n"
            f"ARC-Seal: i=1; a=rsa-sha256; cv=none; d={domain};\n\tb={folded}\n"
            f"X-MS-Exchange-Organization-AuthSource: EX16-0{chance.randrange(1, 5)}.corp.north.example\n"
            "X-MS-Exchange-Organization-AuthAs: Anonymous\nX-MS-Exchange-Organization-SCL: 1\nMIME-Version: 1.0\n"
            f"X-Microsoft-Antispam-Message-Info:\n\t{folded}\n"
        )

    def _cut(self, size: int) -> str:
        start = self._chance.randrange(len(self._coded) - size)
        return self._coded[start : start + size]


def _time(chance: random.Random) -> datetime:
    """A time in business hours, mostly in the morning; rarely on a weekend."""
    while True:
        day = chance.randrange(DAYS)
        if day % 7 > 4 and chance.random() > 0.12:  # noqa: PLR2004 - Saturday and Sunday
            continue
        hour = chance.choice((chance.gauss(9.5, 1.5), chance.gauss(14.0, 2.0), chance.uniform(0, 24)))
        if 0 <= hour < 24:  # noqa: PLR2004 - of one day
            return START + timedelta(days=day, hours=hour - 2)


def _at(server: str) -> tuple[str, str]:
    return f"{server}.corp.north.example", f"10.40.0.{SERVERS.index(server) + 11}"


def _deliver(transit: Transit, chance: random.Random, transport: str) -> None:
    """Deliver from Transport to the mailbox; five minutes later if the first attempt failed."""
    mailbox = chance.choice(SERVERS)
    if OUTAGE[0] <= transit.when < OUTAGE[1] and mailbox == "EX16-02":
        transit.when = OUTAGE[1] + timedelta(seconds=chance.uniform(0, 900))
    elif chance.random() < 0.02:  # noqa: PLR2004 - now and then
        transit.wait(303, 0.02)
    transit.wait(1.1)
    transit.exchange(mailbox, _at(transport), via="Mailbox Transport")


def _inbound(transit: Transit, chance: random.Random) -> str:
    partner = min(int(chance.paretovariate(1.1)), 40)
    host = f"mx{chance.randrange(1, 3)}.partner{partner}.example"
    front, transport = chance.choice(SERVERS[:3]), chance.choice(SERVERS)
    transit.postfix(host, f"desk.partner{partner}.example", f"192.0.2.{partner}")
    transit.wait(chance.choice((1.5, 1.5, 1.5, 1.5, 60 if partner % 5 == 0 else 2)))
    transit.exchange(front, (host, f"198.51.100.{partner}"), via="Frontend Transport")
    transit.wait(0.6)
    transit.exchange(transport, _at(front))
    _deliver(transit, chance, transport)
    return "Order"


def _internal(transit: Transit, chance: random.Random) -> str:
    origin, transport = chance.choice(SERVERS), chance.choice(SERVERS)
    transit.exchange(origin, _at(origin), mapi=True)
    transit.wait(0.5)
    transit.exchange(transport, _at(origin), tls=WEAK if origin == "EX16-04" else STRONG)
    _deliver(transit, chance, transport)
    return "Minutes"


def _outbound(transit: Transit, chance: random.Random) -> str:
    origin, transport, partner = chance.choice(SERVERS), chance.choice(SERVERS), chance.randrange(1, 12)
    transit.exchange(origin, _at(origin), mapi=True)
    transit.wait(0.5)
    transit.exchange(transport, _at(origin))
    transit.wait(3, 1.2)
    transit.postfix(f"mx1.partner{partner}.example", "mail.north.example", "203.0.113.25")
    return "Offer"


def _varied(transit: Transit, chance: random.Random) -> str:
    """A message with random hosts, builds, services and order."""
    domain = f"{chance.getrandbits(40):010x}.example"
    host = f"mx{chance.getrandbits(24):06x}.{domain}"
    for _ in range(chance.randint(2, 9)):
        address = ".".join(str(chance.randint(1, 254)) for _ in range(4))
        sender, host = host, f"h{chance.getrandbits(24):06x}.{domain}"
        transit.wait(2, 1.5)
        if chance.random() < 0.3:  # noqa: PLR2004 - as many other systems as there may be
            transit.postfix(host, sender, address)
            continue
        build = f"15.{chance.randint(0, 2)}.{chance.randint(500, 2600)}.{chance.randint(1, 60)}"
        via = chance.choice(("", "", " via Frontend Transport", " via Mailbox Transport"))
        tls = chance.choice((STRONG, STRONG, WEAK))
        transit.stamp(
            f"from {sender} ({address}) by\n {host} ({address}) with Microsoft SMTP Server ({tls}) id\n {build}{via}",
            transit.when,
        )
    return "Varied"


def _application(transit: Transit, chance: random.Random) -> str:
    transport = chance.choice(SERVERS)
    transit.exchange(transport, ("scanner.corp.north.example", "10.40.7.9"), via="Frontend Transport", tls=WEAK)
    transit.wait(0.4)
    transit.exchange(transport, _at(transport))
    _deliver(transit, chance, transport)
    return "Scan"


def main() -> None:
    """Write the messages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--mbox", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    mbox = options.mbox.open("w", encoding="ascii") if options.mbox else nullcontext()
    with mbox as box:
        for name, text in messages(options.messages, options.seed, whole=options.whole, varied=options.random):
            (options.folder / name).write_text(text, encoding="ascii")
            if box is not None:
                quoted = text.replace("\nFrom ", "\n>From ")
                box.write(f"From a@north.example Tue Jun  4 10:00:00 2024\n{quoted}\n")


if __name__ == "__main__":
    main()

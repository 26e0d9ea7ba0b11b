"""How fast tracking logs are indexed, and in how much memory and disk space.

    python benchmarks/tracking.py [--megabytes 1000] [--keep FOLDER]

Invented logs with the shape of real ones are written: five rows for each message, with subjects that have commas and
quotation marks. Each measurement runs in a process of its own, whose peak memory is that of the measured work.
"""

import argparse
import csv
import io
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hopscope.tracking.index import open_index

FIELDS = (
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,"
    "internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,"
    "related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,"
    "tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version"
)
HEAD = f"#Software: Microsoft Exchange Server\r\n#Version: 15.02.1544.004\r\n#Fields: {FIELDS}\r\n"
LATENCY = "SRV=EX1.corp.example.com:TOTAL-FE=0.031|SMR=0.022(SMRPI=0.012);LSRV=EX2.corp.example.com:TOTAL-HUB=0.412"
CUSTOM = "S:FirstForestHop=EX2.corp.example.com;S:ProxiedClientIPAddress=192.0.2.7;S:DeliveryPriority=Normal"
EVENTS = ("HAREDIRECT", "RECEIVE", "AGENTINFO", "DEFER", "SEND")
LISTED = 20
"""Messages that are listed."""


def write_logs(folder: Path, megabytes: int) -> list[str]:
    """Logs of 10 MB, as Exchange writes them, and the Message-IDs of some of their messages."""
    chosen, number = [], 0
    numbers = random.Random(17)  # noqa: S311 - invented ids
    for file in range(max(1, megabytes // 10)):
        with (folder / f"MSGTRK20240603{file // 100:02}-{file % 100 + 1}.LOG").open("w", newline="") as log:
            log.write(HEAD)
            while log.tell() < min(megabytes, 10) * 1_000_000:
                number += 1
                log.write(message(number, numbers))
                if number % 1000 == 1:
                    chosen.append(f"<{number}.mail@sender{number % 5000}.example>")
    return chosen


def message(number: int, numbers: random.Random) -> str:
    """The rows of a message."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    guid = f"{numbers.getrandbits(128):032x}"
    network = "-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:]))
    subject = ("Minutes", 'Re: "draft", second', "Order 4711, again")[number % 3]
    moment = f"2024-06-03T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.{number % 1000:03}Z"
    for event in EVENTS:
        writer.writerow([
            moment, "10.0.0.1", "EX1.corp.example.com", "10.0.0.2", "EX2", f"{number:016X};{moment};0",
            "EX2\\Default EX2", "SMTP", event, number + (1 << 42), f"<{number}.mail@sender{number % 5000}.example>",
            network, f"user{number % 9999}@example.com", "250 2.1.5 Recipient OK", 4000 + number % 90000, 1, "", "",
            subject, f"news@sender{number % 5000}.example", f"bounce@sender{number % 5000}.example",
            f"{moment};{LATENCY}", "Incoming", "", "192.0.2.7", "10.0.0.1", CUSTOM, "Email", network, "15.02.1544.004",
        ])  # fmt: skip
    return out.getvalue()


def index(folder: str, chosen: list[str]) -> Iterator[str]:
    """Reads the logs, looks up messages, and lists the slowest."""
    megabytes = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    start = time.perf_counter()
    with open_index([folder], None, print) as logs:
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(logs._folder).iterdir()) / 1e6  # noqa: SLF001
        yield f"index of {megabytes:.0f} MB: {seconds:.1f} s, {megabytes / seconds:.0f} MB/s; {size:.0f} MB on disk"
        start = time.perf_counter()
        found = sum(len(logs.events(message_ids=[message_id])) for message_id in chosen)
        seconds = time.perf_counter() - start
        yield f"look-up: {1e3 * seconds / len(chosen):.2f} ms a message; {found} events of {len(chosen)} messages"
        start = time.perf_counter()
        slowest = len(list(logs.slowest(LISTED)))
        seconds = time.perf_counter() - start
        yield f"list: {slowest} slowest of {logs.size} messages in {seconds:.1f} s, {megabytes / seconds:.0f} MB/s"


def measure(function: Callable[..., Iterator[str]], *arguments: object) -> None:
    """Prints what a function measures, and the peak memory of its process."""
    for line in function(*arguments):
        print(line, flush=True)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="write the logs here, and keep them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        chosen = write_logs(folder, arguments.megabytes)
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(index, str(folder), chosen))
        process.start()
        process.join()


if __name__ == "__main__":
    main()

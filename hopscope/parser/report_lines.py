"""Texts of mail systems -> DeliveryStatus by recipient.

The texts have no grammar, so they are read by the shape of their lines, which no translation changes: an address alone,
a host alone, ``label: host``, and lines with an SMTP reply. The known texts are in ``delivery_reports.tsv``. The module
is over 300 lines because the patterns, the reader and the table of texts that it needs belong together.

All functions take linear time, and any text yields a list.
"""

import re
from bisect import bisect_right
from datetime import datetime
from functools import cache

from hopscope.data import table
from hopscope.model import DeliveryAction, DeliveryStatus
from hopscope.parser.report_dates import report_date
from hopscope.paste.patterns import lazy
from hopscope.paste.report_words import EXCHANGE_ERROR, ONLINE_ERROR, QUOTATION_MARKS, normal

__all__ = [
    "CODE",
    "LAST_ERROR",
    "MAX_DIAGNOSTIC",
    "MAX_RECIPIENTS",
    "action_of",
    "by_text",
    "host",
    "reply_of",
    "stated_action",
]

MAX_RECIPIENTS = 1000
"""Maximum recipients of a report; the rest are not read."""
MAX_DIAGNOSTIC = 2000
"""Maximum characters of a diagnostic."""
LAST_ERROR = "; last error: "
"""Separates the error of a report from the last one that led to it."""
CODE = lazy(r"(?<![0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.]*[0-9])")
"""An enhanced status code (RFC 3463)."""


def by_text(text: str, near: datetime | None, failed: tuple[str, ...] = ()) -> list[DeliveryStatus]:
    """What the text of a report says, by recipient; empty if the text is not a report.

    Args:
        text: The decoded text; lines end in LF.
        near: When the message was received last, to read dates.
        failed: The recipients that the header block of the report lists.
    """
    text = _IN_ONE_LINE.sub(r"\n\1\n\2\n\3\n", text.translate(QUOTATION_MARKS))
    if "{LED=" in text:  # PowerShell wraps the value of LastError
        text = _LAST_ERROR.sub(lambda error: " ".join(error[0].split()), text)
    if "ResponseCode" in text:
        text = _ZOHO.sub(r"<\1>: \2 \3", text)
    text = _broken_labels().sub(lambda label: " ".join(label[0].split()), text)
    lines = [line.strip().replace("\t", " ") for line in text.split("\n")]
    return _Reader(lines, near, failed[0] if len(failed) == 1 else None).statuses()


def stated_action(text: str) -> DeliveryAction | None:
    """The action that the text of a report states first; ``None`` if it states none."""
    return _headline(text.split("\n"))[0]


def reply_of(line: str) -> str:
    """The reply in a line that may name a server before it."""
    return _Error(line).text


def host(text: str | None) -> str | None:
    """The name of a server, without its address in parentheses and the dot of the root domain."""
    name = (text or "").split(" ")[0].strip("[](),;").rstrip(".")
    return name or None


_ADDRESS = r"(?:\"[^\"\n]{1,64}+\"|[^\s<>()\[\]{}\",;:@'|]{1,200}+)@[^\s<>()\[\]{}\",;:@'|]{1,200}+"
_INLINE_ADDRESS = lazy(rf"(?<![^\s<(\[{{\"':]){_ADDRESS}")
_MAILTO = r"(?:[ ]?+[<\[(]mailto:[^<>\[\]()\s]*+[>\])])?+"
# b@contoso.example, 'b@contoso.example'<mailto:b@contoso.example>, <b@contoso.example>: words about it; Slack:
# <mailto:b@contoso.example|b@contoso.example>; Exchange 2003: 'b@contoso.example' on 3/12/2024 9:15 AM
_ADDRESS_LINE = lazy(
    rf"(?:(?:[*•]|-{{1,2}}|>>>)[ ]++)?+(?:{_ADDRESS}[ ](?=<))?+(?:'|\"(?![^\"]{{1,64}}\"@))?+<?+(?:mailto:)?+"
    rf"({_ADDRESS})(?:\|{_ADDRESS})?+['\">]*+"
    rf"(?:[ ]?+\({_ADDRESS}\))?+{_MAILTO}(?:[ ]\((?:expanded|generated)[ ]from:?+[ ][^()]*+\))?+"
    r"(?:[ ](?:on|am|le|el|il|op|em)[ ][A-Z0-9][A-Za-z0-9,.:/ +-]{7,50}|(?::|[ ]?+\.\.\.)(?:[ ]++(\S.*+))?+"
    r"|[ ](\[[^\[\]]++\]|\((?=[^()@ ]++[ ])[^()@]++\)|[A-Z](?=.{0,100}ERROR_CODE).*+))?+"
)
# B <b@contoso.example>, B<mailto:b@contoso.example>
_NAMED_LINE = lazy(
    rf"(?![245][0-9]{{2}}[ -])(?:[^<>@:#\n]{{1,100}}+<|[^<>@:#\n(\[]{{1,100}}+[\[(])"
    rf"(?:mailto:)?+({_ADDRESS})[>\])]{_MAILTO}"
)
# ----- Transcript of session follows -----
_RULE_LINE = lazy(r"[-=_*]{3,}+[^-=_*].*[-=_*]{3,}|[-=_*]{3,}+")
_HOST = r"(?<![A-Za-z0-9@._-])[A-Za-z0-9_][A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]++)++(?!@)"
_ANY_HOST = lazy(_HOST)
_HOST_VALUE = rf"({_HOST})\.?+(?:[ ]?+[(\[][0-9A-Fa-f.:]++[)\]])?+"
_HOST_LINE = lazy(_HOST_VALUE)
_REJECTED = lazy(
    rf"rejected recipient <({_ADDRESS})>|^[45][0-9]{{2}} (?:[45](?:\.[0-9]{{1,3}}){{2}} )?+<?+"
    r"([^\s<>@]{1,64}+@[A-Za-z0-9_-]{1,63}+(?:\.[A-Za-z0-9_-]{1,63}+){0,20}+)>?+\.\.\. "
)
"""A recipient in an error: 451 <b@contoso.example>... contoso.example: Name server timeout"""
_QUEUE = lazy(
    r"([A-Za-z0-9][A-Za-z0-9.-]{0,62})\\(?:[0-9]{1,20}|Submission|Unreachable|Poison|Shadow)\b", re.IGNORECASE
)
"""The identity of a queue, or of a message in one: EX1\\12, EX1\\Unreachable, EX1\\12\\345."""
# Generating server: ex1.contoso.example b@contoso.example mx.contoso.example Remote Server returned '...
_IN_ONE_LINE = lazy(
    rf"(?:^|(?<=[:.] ))([^:.\n]{{3,60}}:[ ]?+{_HOST})[ ]({_ADDRESS})[ ](?:({_HOST})[ ])?+"
    r"(?=#|[^\n']{1,80}returned ')",
    re.MULTILINE,
)
_LAST_ERROR = lazy(r"\{LED=(?:(?!\}\]).){0,2000}+\}\]", re.DOTALL)
# [Status: Error, Address: <b@contoso.example>, ResponseCode 421, , Host not reachable.]
_ZOHO = lazy(
    rf"^\[Status: [^\[\],\n]{{1,40}}, Address: <({_ADDRESS})>, ResponseCode ([45][0-9]{{2}}),[ ,]*+([^\[\]\n]*+)\]",
    re.MULTILINE,
)
_SERVER_SAID = lazy(rf"{_HOST_VALUE}[ ][^:：<>@#\"']{{2,60}}+[:：]")
"""mx.contoso.example gave this error: the error follows on the next line, in any language."""
_LABEL_LINE = lazy(rf"[^:：<>@#\"]{{3,80}}+[:：][ \t]*+{_HOST_VALUE}")
# A reply: at the start of a line or of a quotation, or after a mark or word that announces it.
_REPLY = lazy(
    r"(?:^|(?<=[\"'#;:(<>\[])|(?<=[\"'#;:(<>-] )|(?<=said ))"
    r"(?=[45][0-9]{2}(?:[ -]|[ ]?+#|$)|[45]\.[0-9]{1,3}\.[0-9]{1,3}(?:[ :;]|$))"
)
_EXCHANGE_2007 = lazy(r"^ (?:\S++ )?#")
"""#550 5.7.1 ... ##, or mx.contoso.example #550 5.7.1 ... ##"""
# '554 5.0.0 <mx.contoso.example #5.1.1 smtp; 550 5.1.1 User unknown>': the reply of the remote server, below a code of
# the reporting server
_QUOTED_REPLY = lazy(
    rf"<[ ]?+({_HOST})?+[ ]?+#([245]\.[0-9]{{1,3}}\.[0-9]{{1,3}}) smtp;[ ]?+([45][0-9]{{2}}(?:[ -].*+|$))"
)
_ENDS_IN_CODE = lazy(r"(?:^|[ ;'<(])[45][0-9]{2}$")
_REPEATED_CODE = lazy(r"[45]\.[0-9]{1,3}\.[0-9]{1,3} smtp;[ ]?+")
_TAIL = lazy(r">?[ ]?+#SMTP#.*+|[ ]?+##.*+")
_TIME = (
    r"[0-9]{1,4}[./-][ ]?+[0-9]{1,2}[./-][ ]?+[0-9]{1,4},?+[ ][0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?+"
    r"(?:[ ]?+[AaPp]\.?+[ ]?+[Mm]\b\.?+)?+(?:[ ]?+\(?+(?:UTC|GMT)[^()]{0,12}+\)?+|[ ][+-][0-9]{4})?+"
)
_LABEL_ERROR = lazy(r"[^:：<>@#]{3,80}+[:：][ ]*+([45][0-9]{2} [45]\.[0-9]{1,3}\.[0-9]{1,3}(?: .*+)?+)")
_TIME_FIRST = lazy(rf"({_TIME})[ ]?+[-–][ ]?+")
_ANY_TIME = lazy(rf"(?<![0-9]){_TIME}")
_SPAN = lazy(
    r"[0-9]{1,3} (?:more )?(?:day|hour|minute)(?:s|\(s\))?"
    r"(?:(?:, | and |, and )[0-9]{1,3} (?:day|hour|minute)(?:s|\(s\))?)*+(?P<old> old)?"
)
_AMOUNT = lazy(r"([0-9]++) (?:more )?+(d(?=ay)|h(?=our)|min(?=ute))")
_ORIGIN = lazy(r"\((?:ultimately )?+(?:generated|expanded) from:?+ [^()]*+\)|Giving up on \S++")
_AFTER_AT = lazy(r"\bat[ ]++(\S.*+)")
_TO_HOST = lazy(rf"\b(?:to|host|with|from|by) ({_HOST})", re.IGNORECASE)
_DETAIL = lazy(
    r"\[?\{(LED|MSG|FQDN|IP|LRT)=([^{}]*+)\};?\]?|\[(Message|LastAttemptedServerName|LastAttemptedIP)=([^\[\]]*+)\]"
)


class _Recipient:
    """What the text says about one recipient."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.remote: str | None = None
        self.errors: list[str] = []
        self.words: list[str] = []


class _Reader:
    """Reads the lines of a report, one after the other."""

    def __init__(self, lines: list[str], near: datetime | None, failed: str | None) -> None:
        self._near = near
        self._failed = failed
        """The recipient of a text that names none, such as "save to /var/mail/b"."""
        self._reporting: str | None = None
        self._remote: str | None = None
        self._until: str | None = None
        self._arrival: str | None = None
        self._recipients: dict[str, _Recipient] = {}
        self._current: _Recipient | None = None
        self._awaited: str | None = None
        """The kind of a label whose value is on a later line."""
        self._is_open = False
        """Whether the last error, or the words about a recipient, go on."""
        self.action, self._system, start, self._is_unknown = _headline(lines)
        if start is not None:
            for line in lines[:start]:
                self._label(line)
            for line in lines[start:]:
                self._read(line)

    def statuses(self) -> list[DeliveryStatus]:
        """The statuses; empty if the text is not a report."""
        return [self._status(recipient) for recipient in self._recipients.values()]

    def _read(self, line: str) -> None:
        if not line:
            self._is_open = self._is_open and self._current is not None and not self._current.words
        elif _RULE_LINE.fullmatch(line):
            is_used = self._current is not None and bool(self._current.words)
            self._is_open = self._is_open and not (self._diagnosed or is_used)
        elif not self._label(line):
            if not (self._awaited_value(line) or self._recipient(line) or self._server(line)):
                self._error(line)
            self._candidate = None

    def _label(self, line: str) -> bool:
        """Read a line with a label, a headline that names the recipient, or the start of the administrators' part."""
        words = normal(line)
        if self._known_label(line, words) or (self._is_unknown and self._unknown_words(line)):
            return True
        unknown = _LABEL_LINE.fullmatch(line) if self._reporting is None or self._remote is None else None
        if unknown and self._system == _EXCHANGE:
            if not self._diagnosed:
                self._candidate = unknown[1]
            else:
                self._take("reporting_mta" if self._reporting is None else "remote_mta", unknown[1])
            return True
        if (inline := _INLINE_ADDRESS.search(line)) and any(first in words for first in _headline_starts()):
            if self._is_open and self._current and self._current.address == inline[0]:
                return False  # words about the recipient
            self._enter(inline[0])
            return True
        if any(text in words for text in _diagnostics()):
            self._diagnosed = True
            for recipient in self._recipients.values():  # the part for users repeats an error in other words
                recipient.errors, recipient.words = [], []
            return True
        return False

    def _known_label(self, line: str, words: str) -> bool:
        """Read a line with a known label; false also for a headline that has the end of the retries as well."""
        said = _SERVER_SAID.fullmatch(line) if self._diagnosed and self._current else None
        if said and self._current and not self._current.errors:
            self._current.remote, self._awaited = said[1], "response"
            return True
        for kind, label in _labels():
            if kind == "closing" and words.startswith(label):
                self._is_open = False
                return True
            is_within = kind in _WITHIN and label in words
            if is_within or (words.startswith(label) and words[len(label) :].lstrip().startswith(":")):
                value = line.translate(_COLONS).partition(":")[2].strip()
                if not self._take(kind, value if kind in _OF_COLON else line):
                    self._awaited = kind
                    if kind == "response" and value and not is_within:
                        self._awaited_value(value)
                return kind != "retry_until" or not _INLINE_ADDRESS.search(line)
        return False

    def _unknown_words(self, line: str) -> bool:
        """Read a line of a report by Exchange Online in an unknown language: first the recipient, then the error."""
        error = _LABEL_ERROR.fullmatch(line)
        if error and self._recipients:
            self._diagnosed = True
            return self._take("diagnostic", error[1])
        address = None if self._recipients else _INLINE_ADDRESS.search(line)
        if address:
            self._enter(address[0])
        return address is not None

    _is_listing = False
    """Whether the line above ends the text above the recipients."""
    _diagnosed = False
    """Whether the part for administrators has begun."""
    _candidate: str | None = None
    """The server behind an unknown label on the line above; if a recipient follows, it is the reporting server."""

    def _take(self, kind: str, value: str) -> bool:  # noqa: C901, PLR0912 - one case per kind
        """Keep the value of a label; false if there is none."""
        server = _ANY_HOST.search(value)
        if kind == "retry_until" and (time := _ANY_TIME.search(value)):
            self._until = time[0]
        elif kind == "retry_until" and (span := _SPAN.search(value)):
            from_arrival = span["old"] is not None
            age = " ".join(f"{number} {unit}" for number, unit in _AMOUNT.findall(span[0]) if number.strip("0"))
            self._until = f"{age} after {'arrival' if from_arrival else 'the notice'}"
        elif kind == "queue" and (queue := _QUEUE.match(value)):
            self._reporting = self._reporting or queue[1]
        elif kind in {"reporting_mta", "reporter"} and server:
            self._reporting = self._reporting or server[0]
            self._diagnosed = self._diagnosed or self._system == _EXCHANGE
        elif kind == "arrival" and (date := _AFTER_AT.search(value)):
            self._arrival = date[1]
        elif kind == "remote_mta" and server:
            self._remote = self._remote or server[0]
        elif kind == "peer" and server:  # the last one gave the error; of several recipients it is unknown whose
            self._remote = server[0] if len(self._recipients) <= 1 else self._remote
        elif kind == "recipient" and (addresses := _INLINE_ADDRESS.findall(value)):
            for address in addresses:
                self._current = self._enter(address)
            if _REPLY.search(value) and self._current:
                self._current.errors.append(value)
            self._is_open = self._system != _EXCHANGE
        elif kind == "reason" and self._system == _IMAIL and (address := _INLINE_ADDRESS.search(value)):
            self._enter(address[0]).words.append(value[: address.start()].strip(" :<"))
        elif kind == "diagnostic" and value:
            self._current = self._current or self._enter(None)
            errors = self._current.errors  # "Status code" repeats the start of "Reported error"
            if not (errors and errors[-1].startswith(value)):
                self._current.errors = [*(error for error in errors if not value.startswith(error)), value]
                self._is_open = value.endswith(";")
                self._diagnosed = self._diagnosed or self._is_open
        else:
            return False
        return True

    def _awaited_value(self, line: str) -> bool:
        kind, self._awaited = self._awaited, None
        if kind == "response":
            self._current = self._current or self._enter(None)
            if self._diagnosed:
                self._current.errors.append(line)
            else:
                self._current.words, self._is_open = [line], True
            return True
        return kind is not None and self._take(kind, line)

    def _enter(self, address: str | None) -> _Recipient:
        address = address or self._failed
        key = (address or "").lower().rstrip(".")
        unnamed = self._recipients.get("") if len(self._recipients) == 1 else None
        if key and unnamed and not unnamed.words:  # the error is above its recipient
            unnamed.address = address and address.rstrip(".")
            self._recipients = {key: unnamed}
        if key not in self._recipients and len(self._recipients) < MAX_RECIPIENTS:
            self._recipients[key] = _Recipient(address and address.rstrip("."))
        self._current = self._recipients.get(key) or _Recipient(address)
        self._is_open = False
        return self._current

    def _recipient(self, line: str) -> bool:
        """Read a line with an address alone, or with an address and words about it."""
        address = _ADDRESS_LINE.fullmatch(line) or _NAMED_LINE.fullmatch(line)
        if address is None:
            return False
        rest = next(
            (words.strip("()[]") if words[0] in "([" else words for words in address.groups()[1:] if words), None
        )
        current = self._current
        is_repeated = current is not None and current.address == address[1] and self._is_open
        if is_repeated and (rest or (current and current.words and self._system != _EXCHANGE)):
            return False  # a reply that names the recipient, as "550 5.1.1 <b@contoso.example>: ..." broken in two
        if rest and current and current.words and line[address.end(1) :].lstrip(">").startswith("..."):
            return False  # in a transcript below the errors
        if self._candidate and self._reporting is None:
            self._reporting, self._diagnosed = self._candidate, True
        recipient = self._enter(address[1])
        recipient.words, self._is_open = [rest] if rest else [], True
        return True

    def _server(self, line: str) -> bool:
        """Read a line with a server alone, below a recipient in the part for administrators."""
        server = _HOST_LINE.fullmatch(line) if self._diagnosed and self._current else None
        if server is None or self._current is None:
            return False
        self._current.remote = server[1]
        return True

    def _error(self, line: str) -> None:
        """Read a line with a reply, or further words."""
        current = self._current
        if self._diagnosed:
            is_cut = self._is_open and current and current.errors and _ENDS_IN_CODE.search(current.errors[-1])
            if (_REPLY.search(line) or "{LED=" in line) and not is_cut:
                current = self._current = current or self._enter(None)
                current.errors.append(line)
                self._is_open = _is_unfinished(line)
            elif self._is_open and current and current.errors and len(current.errors[-1]) < MAX_DIAGNOSTIC:
                current.errors[-1] += f" {line}"
                self._is_open = _is_unfinished(current.errors[-1])
        elif "{LED=" in line:
            self._details(line)
        elif current and self._is_open and sum(map(len, current.words)) < MAX_DIAGNOSTIC:
            if not _ORIGIN.fullmatch(line):
                current.words.append(line)
        elif _REPLY.search(line):
            named = _REJECTED.search(line)
            current = self._current = current or self._enter(named[1] or named[2] if named else None)
            if not current.errors:
                current.errors.append(line)
        elif current is None and self._is_listing:
            self._enter(self._failed).words.append(line)
            self._is_open = True
        self._is_listing = self._failed is not None and line.endswith(_LIST_START)

    def _details(self, line: str) -> None:
        """Read the status of a message trace or queue: one for each recipient in order, or one for all of them."""
        if not self._recipients:
            self._enter(None)
        groups = line.split("[{LED=")[1:]
        for number, recipient in enumerate(self._recipients.values()):
            recipient.errors = recipient.errors or [
                f"[{{LED={groups[min(number, len(groups) - 1)]}" if groups else line
            ]

    def _status(self, recipient: _Recipient) -> DeliveryStatus:
        words = " ".join(recipient.words)
        has_reply = _REPLY.search(words) is not None
        texts = recipient.errors or ([words] if words and (has_reply or self._system != _EXCHANGE) else [])
        errors = [_Error(text) for text in texts]
        diagnostic = errors[0].text if errors else None
        causes = [cause for error in errors for cause in (error.cause,) if cause] + [
            error.text for error in errors[1:] if error.time
        ]
        if diagnostic and causes and causes[0] not in diagnostic:
            diagnostic = f"{diagnostic}{LAST_ERROR}{causes[0]}"
        code = CODE.search(diagnostic or "") or CODE.search((errors[0].code if errors else None) or "")
        last = next((error.time for error in errors[1:] + errors[:1] if error.time), None)
        with_server = [error for error in errors[1:] + errors[:1] if error.server]
        server = next((error.server for error in sorted(with_server, key=lambda error: error.is_domain)), None)
        if self._remote and with_server and all(error.is_domain for error in with_server):
            server = self._remote
        if self._system == _EXCHANGE_2003:  # it writes its own name before the error
            self._reporting, server = self._reporting or server, None
        return DeliveryStatus(
            recipient=recipient.address,
            action=self.action or action_of(diagnostic),
            status=code[1] if code else None,
            diagnostic=diagnostic[:MAX_DIAGNOSTIC] if diagnostic else None,
            reporting_mta=self._reporting,
            remote_mta=recipient.remote or server or self._remote,
            arrival_date=report_date(self._arrival, self._near),
            will_retry_until=report_date(self._until, self._near),
            last_attempt=report_date(last, self._near),
        )


class _Error:
    """The parts of a line with a reply."""

    def __init__(self, line: str) -> None:
        details = {match[1] or match[3]: match[2] or match[4] for match in _DETAIL.finditer(line)}
        first = _TIME_FIRST.match(line)
        self.time: str | None = details.get("LRT") or (first[1] if first else None)
        last = line.find("{LED=")
        reply = _REPLY.search(line, 0, last if last >= 0 else len(line))
        quoted = _QUOTED_REPLY.search(line) if "smtp;" in line else None
        self.code: str | None = quoted[2] if quoted else None
        before, text = (line[: reply.start()], line[reply.start() :]) if reply else ("", line)
        to_host = None if reply else _TO_HOST.search(line)
        named = _ANY_HOST.search(before, first.end() if first else 0)
        names = ("FQDN", "LastAttemptedServerName", *(() if named else ("IP", "LastAttemptedIP")))
        attempted = next(filter(None, map(details.get, names)), None)
        self.server: str | None = host(attempted) or (named[0] if named else None)
        self.is_domain = named is not None and attempted is None and "Server at " in before
        """Whether the server is the domain to which the message was queued, rather than the host that replied."""
        if to_host and self.server is None:
            self.server = to_host[1]
        self.cause: str | None = details.get("LED") or details.get("MSG") or None
        if reply is None and details.get("LED"):  # of a message trace or queue: no other error is above the last one
            self.text = details["LED"].strip()
            return
        if repeated := _REPEATED_CODE.match(text):
            text = text[repeated.end() :]
        text = _TAIL.sub("", text) if "#" in text else text
        if "LED" in details:
            text = _DETAIL.sub("", text)
        text = text.strip(" '")
        text = text.strip('"') if text.count('"') % 2 else text
        for opening, closing in ("()", "[]"):
            text = text.removesuffix(closing) if text.count(closing) > text.count(opening) else text
        if quoted and reply and quoted.start() >= reply.start():
            self.server, text, before = quoted[1] or self.server, quoted[3].strip(" '"), "<"
        is_enclosed = "<" in before and text.count(">") > text.count("<")
        self.text = (text.removesuffix(">") if is_enclosed else text).strip(" '[];" if "LED" in details else " '")


def _is_unfinished(line: str) -> bool:
    """Whether an error goes on in the next line: an open quotation, or no mark of the end."""
    line = f" {line.rstrip()}"
    if " '" in line:
        return not line.endswith("'")
    return _EXCHANGE_2007.search(line) is not None and "##" not in line and "#SMTP#" not in line


def action_of(error: str | None) -> DeliveryAction | None:
    """The action that a reply or status code shows; ``None`` if unknown."""
    reply = re.match(r"[ ]*+([45])[0-9]{2}\b|([245])\.", error or "")
    if reply is None:
        return None
    return {"5": DeliveryAction.FAILED, "4": DeliveryAction.DELAYED}.get(reply[1] or reply[2])


_EXCHANGE = "Exchange"
_EXCHANGE_2003 = "Exchange 2003"
_IMAIL = "IMail"
_COLONS = {ord("："): ":"}
_ACTIONS = frozenset(map(str, DeliveryAction))
_OF_COLON = frozenset({"diagnostic", "queue", "recipient"})
"""The labels whose value is the text after the colon."""
_OF_VALUE = frozenset({"diagnostic", "recipient", "reporting_mta", "remote_mta"})
_LABELS = ("closing", "queue", "reporting_mta", "remote_mta", "recipient", "diagnostic", "reason", "response")
_LIST_START = "address(es) failed:"
_WITHIN = frozenset({"retry_until", "reporter", "peer", "arrival"})
"""Kinds of texts that may stand anywhere in a line."""


@cache
def _texts(*kinds: str) -> tuple[tuple[str, str, str], ...]:
    """Kind, text and system of the texts of these kinds."""
    rows = (row for row in table("delivery_reports") if row["kind"] in kinds)
    return tuple((row["kind"], normal(row["text"]), row["system"]) for row in rows)


@cache
def _labels() -> tuple[tuple[str, str], ...]:
    return tuple((kind, text) for kind, text, _ in _texts(*_LABELS, *sorted(_WITHIN)))


@cache
def _broken_labels() -> re.Pattern[str]:
    """Labels at the start of a line, of which the last words may be on the next line."""
    labels = [label.split() for kind, label in _labels() if kind in _OF_VALUE and " " in label]
    pattern = "|".join(r"[ \t]*+\n?+[ \t]*+".join(map(re.escape, words)) for words in labels)
    return re.compile(rf"^(?:{pattern})(?=[ \t]*+[:：])", re.MULTILINE | re.IGNORECASE)


@cache
def _diagnostics() -> tuple[str, ...]:
    return tuple(text for _, text, _ in _texts("diagnostics"))


@cache
def _headline_starts() -> tuple[str, ...]:
    return tuple(text.partition(" * ")[0] for _, text, _ in _texts(*sorted(_ACTIONS)))


_LONGEST_GAP = 100
_WITH_COLON = frozenset({"reason", "reporting_mta"})
_ABOVE_ERROR = 8
"""Lines above an error in a text of an unknown language: the reporting server, the recipient and the remote server."""


def _headline(lines: list[str]) -> tuple[DeliveryAction | None, str | None, int | None, bool]:
    """The action that a report states first, its mail system, the line of its start, and if its language is unknown."""
    numbers = [number for number, line in enumerate(lines) if line]
    offsets, joined = [], []
    offset = 0
    for number in numbers:
        words = normal(lines[number])
        offsets.append(offset)
        joined.append(words)
        offset += len(words) + 1
    text = " ".join(joined)
    wordings = sorted(
        (position, kind, system)
        for kind, wording, system in _texts(*sorted(_ACTIONS), "diagnostics", "reason", "reporting_mta", "reporter")
        if (position := _position(text, wording)) is not None
        and (kind not in _WITH_COLON or text[position + len(wording) :].lstrip().startswith(":"))
    )
    if not wordings:
        errors = (number for number, line in enumerate(lines) if EXCHANGE_ERROR.search(line))
        first = next(errors, None)
        online = first is None and ONLINE_ERROR.search("\n".join(lines))
        if online:
            first = online.string.count("\n", 0, online.start())
        return None, _EXCHANGE, None if first is None else max(0, first - _ABOVE_ERROR), bool(online)
    actions = (DeliveryAction.FAILED if kind == "reason" else kind for _, kind, _ in wordings)
    action = next((DeliveryAction(kind) for kind in actions if kind in _ACTIONS), None)
    start = numbers[bisect_right(offsets, wordings[0][0]) - 1]
    return action, wordings[0][2], start, False


def _position(text: str, wording: str) -> int | None:
    """Offset of a wording, in which ``*`` matches other characters; ``None`` if the text does not have it."""
    first, _, second = wording.partition(" * ")
    position = text.find(first)
    if position < 0 or not second:
        return position if position >= 0 else None
    end = position + len(first)
    return position if text.find(second, end, end + _LONGEST_GAP + len(second)) >= 0 else None

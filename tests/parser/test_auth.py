"""Authentication: how mail systems record it, and text that is not authentication."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.data import table
from hopscope.model import Auth, HeaderField
from hopscope.parser import auth, stamp


@pytest.mark.parametrize(
    ("comment", "user", "mechanism"),
    [
        pytest.param("Authenticated sender: a@b.example", "a@b.example", None, id="Postfix"),
        pytest.param("Authenticated sender: John Doe", "John Doe", None, id="Postfix, name with a space"),
        pytest.param("authenticated user a@b.example", "a@b.example", None, id="Kerio Connect"),
        pytest.param("Authenticated user: a", "a", None, id="with a colon"),
        pytest.param("SquirrelMail authenticated user a", "a", None, id="SquirrelMail"),
        pytest.param("authenticated as a", "a", None, id="Critical Path"),
        pytest.param("User authenticated as a@REALM.EXAMPLE", "a@REALM.EXAMPLE", None, id="Sendmail and Kerberos"),
        pytest.param("authenticated bits=0", None, None, id="Sendmail"),
        pytest.param("authenticated (0 bits)", None, None, id="Sendmail 8.11"),
        pytest.param("authenticated", None, None, id="Sendmail without bits"),
        pytest.param("AUTH: LOGIN a@b.example", "a@b.example", "LOGIN", id="Courier"),
        pytest.param("AUTH: PLAIN a, TLS: TLSv1.3,256bits,X_Y", "a", "PLAIN", id="Courier with TLS"),
        pytest.param("AUTH: CRAM-MD5 a", "a", "CRAM-MD5", id="Courier, another mechanism"),
        pytest.param("AUTH: x", None, None, id="Courier, one word: user or mechanism"),
        pytest.param("smtp-auth username a, mechanism cram-md5", "a", "CRAM-MD5", id="qpsmtpd"),
        pytest.param("account a@b.example HELO [192.0.2.1]", "a@b.example", None, id="CommuniGate Pro"),
        pytest.param("account a@b.example", "a@b.example", None, id="CommuniGate Pro, webmail"),
        pytest.param("a@b.example mech=LOGIN bits=0", "a@b.example", "LOGIN", id="mech="),
        pytest.param("a@192.0.2.1 with login", "a", "LOGIN", id="Yahoo"),
        pytest.param("a@b.example@192.0.2.1", "a@b.example", None, id="qmail"),
        pytest.param("a@b.example@[2001:db8::1]", "a@b.example", None, id="qmail and IPv6"),
    ],
)
def test_authentication_in_comments(comment: str, user: str | None, mechanism: str | None) -> None:
    assert auth.read(comment) == Auth(user=user, mechanism=mechanism)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "unauthenticated",
        "not authenticated",
        "authenticated by nobody",
        "No client certificate requested",
        "Authenticated sender: ",
        "accounting",
        "u@192.0.2.1",
        "u@h.example [192.0.2.1]",
        "envelope-from <a@b.example>",
        "mailfrom:a@b.example",
        "Postfix, from userid 0",
    ],
)
def test_comments_without_authentication(comment: str) -> None:
    assert auth.read(comment) is None


def read(clauses: str) -> Auth | None:
    body = f"from a.example {clauses}; Tue, 31 Jul 2012 21:52:42 +1000"
    return stamp.by_lexer(HeaderField(name="Received", body=body, line=1)).auth


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        pytest.param("(h.example [192.0.2.1]) by b.example with ESMTPS id 1", None, id="nothing"),
        pytest.param("(authenticated bits=0) (User authenticated as u) by b", Auth(user="u"), id="two comments"),
        pytest.param("by b.example (Authenticated sender: u) with ESMTPA", Auth(user="u"), id="in the by clause"),
        pytest.param("by b (7.0.1) (authenticated as u) id 1", Auth(user="u"), id="behind the by clause"),
        pytest.param("by b with ESMTPSA id 1 (TLSv1.3) auth=yes user=u for <c@d>", Auth(user="u"), id="OpenSMTPD"),
        pytest.param("by b with ESMTPSA id 1 (TLSv1.3) auth=yes for <c@d>", Auth(), id="OpenSMTPD, no name"),
        pytest.param("by b with esmtpsa id 1", Auth(), id="protocol in any case"),
        pytest.param("by b with HTTP", None, id="HTTP"),
        pytest.param("by b with MAPI", None, id="a protocol that ends with a letter of the marks"),
    ],
)
def test_where_authentication_is_recorded(clauses: str, expected: Auth | None) -> None:
    assert read(clauses) == expected


@pytest.mark.parametrize("row", table("auth_protocols"), ids=lambda row: row["protocol"])
def test_each_authenticated_protocol_of_the_table(row: dict[str, str]) -> None:
    assert read(f"by b with {row['protocol']} id 1") == Auth()


@pytest.mark.parametrize(
    ("comment", "address", "helo"),
    [
        pytest.param("u@192.0.2.1 with login", "192.0.2.1", None, id="Yahoo"),
        pytest.param("u@b.example@192.0.2.1", "192.0.2.1", None, id="qmail"),
        pytest.param("account u@b.example HELO [192.0.2.9]", None, "[192.0.2.9]", id="CommuniGate Pro"),
        pytest.param("Authenticated sender: u@192.0.2.1", None, None, id="a user that looks like an address"),
        pytest.param("smtp-auth username u@192.0.2.1, mechanism plain", None, None, id="such a user and a comma"),
    ],
)
def test_a_user_is_neither_ident_nor_address(comment: str, address: str | None, helo: str | None) -> None:
    body = f"from a.example ({comment}) by b.example"
    from_domain = stamp.by_lexer(HeaderField(name="Received", body=body, line=1)).from_domain
    assert from_domain is not None
    assert (from_domain.ident, from_domain.tcp_info.address, from_domain.helo) == (None, address, helo)


USERS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(USERS, USERS, st.sampled_from(["Authenticated sender: {}", "authenticated as {}", "account {}", "{}@192.0.2.1"]))
def test_any_user_is_read_from_authentication_comments(local: str, domain: str, form: str) -> None:
    user = f"{local}@{domain}"
    assert auth.read(form.format(user)) == Auth(user=user)


@given(st.text(alphabet=st.sampled_from("authenticd ser:@b=,()AUTH1.[]")))
def test_any_comment_is_read(text: str) -> None:
    told = auth.read(text)
    assert told is None or told.user is None or told.user in text

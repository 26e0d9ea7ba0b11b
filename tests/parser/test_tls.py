"""TLS: how mail systems record it, and text that is not TLS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.model import Tls
from hopscope.parser import tls

CIPHER = "ECDHE-RSA-AES256-GCM-SHA384"
SUITE = "TLS_AES_256_GCM_SHA384"


@pytest.mark.parametrize(
    ("text", "version", "cipher", "bits"),
    [
        pytest.param("TLS", None, None, None, id="Exchange 2007 to 2013"),
        pytest.param(f"version=TLS1_2, cipher={SUITE}", "TLS1.2", SUITE, None, id="Exchange 2016 CU3 and later"),
        pytest.param("version=TLS1_2, cipher=", "TLS1.2", None, None, id="Exchange Online, empty cipher"),
        pytest.param(f"tlsversion=TLS12, tlscipher={SUITE}", "TLS1.2", SUITE, None, id="Exclaimer"),
        pytest.param(f"version=TLSv1.2 cipher={CIPHER} bits=256 verify=NO", "TLS1.2", CIPHER, 256, id="Sendmail"),
        pytest.param(f"version=TLS1_3 cipher={SUITE} bits=128/256", "TLS1.3", SUITE, 128, id="Google"),
        pytest.param(
            f"version=TLS1_3 cipher={SUITE} bits=4294967296/256", "TLS1.3", SUITE, None, id="no number of bits"
        ),
        pytest.param(r"version=TLS\Tls12 cipher=Aes256 bits=256", "TLS1.2", "Aes256", 256, id="SmarterMail"),
        pytest.param("version=TLSv1/SSLv3 cipher=OTHER", "TLSv1/SSLv3", "OTHER", None, id="two versions, as written"),
        pytest.param(f'cipher={CIPHER} subject="/CN=*.a.example"', None, CIPHER, None, id="Momentum"),
        pytest.param(f"using TLSv1.3 with cipher {SUITE} (256/256 bits)", "TLS1.3", SUITE, 256, id="Postfix"),
        pytest.param(
            f"using TLSv1.3 with cipher {SUITE} (128/256 bits) server-signature RSA-PSS (2048 bits)",
            "TLS1.3",
            SUITE,
            128,
            id="Postfix: not the bits of the signature",
        ),
        pytest.param(f"using TLSv1_2 with cipher {SUITE}", "TLS1.2", SUITE, None, id="no bits"),
        pytest.param("using TLSv1", "TLS1.0", None, None, id="version alone"),
        pytest.param("Using TLS", None, None, None, id="Mimecast"),
        pytest.param("using TLS: TLSv1.2, AES256-SHA", "TLS1.2", "AES256-SHA", None, id="Trustwave"),
        pytest.param("TLS: TLSv1/SSLv3,256bits,AES256-SHA", "TLSv1/SSLv3", "AES256-SHA", 256, id="Courier"),
        pytest.param(
            "TLS: TLSv1/SSLv3, 168bits,DES-CBC3-SHA", "TLSv1/SSLv3", "DES-CBC3-SHA", 168, id="Courier, folded"
        ),
        pytest.param(f"AUTH: PLAIN u, TLS: TLSv1.3,256bits,{SUITE}", "TLS1.3", SUITE, 256, id="Courier, with AUTH"),
        pytest.param("AUTH: LOGIN u, SSL: TLSv1.2,128bits,AES128-SHA", "TLS1.2", "AES128-SHA", 128, id="Courier, SSL"),
        pytest.param("TLS bits=256 verify=OK", None, None, 256, id="MIMEDefang"),
        pytest.param("tls_cipher TLS-1.0:RSA_AES_256_CBC_SHA:32", "TLS1.0", "RSA_AES_256_CBC_SHA", 256, id="Exim, key"),
        pytest.param("TLS1.3", "TLS1.3", None, None, id="Exim"),
        pytest.param(f"TLSv1.2:{CIPHER}:256", "TLS1.2", CIPHER, 256, id="Exim with OpenSSL"),
        pytest.param(
            "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256",
            "TLS1.3",
            "ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM",
            256,
            id="Exim with GnuTLS",
        ),
        pytest.param("TLS-1.0:RSA_ARCFOUR_MD5:16", "TLS1.0", "RSA_ARCFOUR_MD5", 128, id="Exim with old GnuTLS"),
        pytest.param("Cipher TLSv1:DES-CBC3-SHA:168", "TLS1.0", "DES-CBC3-SHA", 168, id="SSL-Cipher"),
        pytest.param(f"TLSv1.2:{CIPHER}:256:NO", "TLS1.2", CIPHER, 256, id="OpenSMTPD"),
        pytest.param(f"TLSv1_2:{SUITE}", "TLS1.2", SUITE, None, id="KumoMTA"),
        pytest.param(f"TLS1.3 {SUITE}", "TLS1.3", SUITE, None, id="mox"),
        pytest.param(
            "TLS-1.0:DHE_RSA_AES_256_CBC_SHA:32", "TLS1.0", "DHE_RSA_AES_256_CBC_SHA", 256, id="bytes: AES-256"
        ),
        pytest.param("TLS-1.1:RSA_AES_128_CBC_SHA1:16", "TLS1.1", "RSA_AES_128_CBC_SHA1", 128, id="bytes: AES-128"),
        pytest.param("TLS1.0:RSA_ARCFOUR_MD5:16", "TLS1.0", "RSA_ARCFOUR_MD5", 128, id="bytes: RC4"),
        pytest.param(
            "TLS1.2:DHE_RSA_AES_256_CBC_SHA1:256", "TLS1.2", "DHE_RSA_AES_256_CBC_SHA1", 256, id="GnuTLS: bits"
        ),
        pytest.param("TLSv1:EXP-RC4-MD5:40", "TLS1.0", "EXP-RC4-MD5", 40, id="the shortest key in bits"),
        pytest.param("TLSv1:NULL-SHA:0", "TLS1.0", "NULL-SHA", 0, id="no encryption"),
        pytest.param("SSLv3", "SSL3.0", None, None, id="SSL"),
        pytest.param(f"Generic MTA with TLSv1.2 {CIPHER} 256/256", "TLS1.2", CIPHER, 256, id="Cellopoint"),
        pytest.param("E-mail Firewall v4.1 with TLS", None, None, None, id="Cellopoint, old"),
        pytest.param("TLS encrypted", None, None, None, id="GroupWise"),
        pytest.param(f"{CIPHER} encrypted", None, CIPHER, None, id="Axigen"),
        pytest.param(f"{CIPHER} encrypted SMTP", None, CIPHER, None, id="qmail: protocol"),
        pytest.param(f"ESMTP/TLS/{CIPHER}", None, CIPHER, None, id="IronPort: protocol"),
        pytest.param("ESMTP/TLS", None, None, None, id="IronPort: protocol without a cipher"),
        pytest.param("over TLS secured channel", None, None, None, id="SMTPSVC: phrase"),
        pytest.param("with STARTTLS", None, None, None, id="Symantec: phrase"),
        pytest.param(f"version=3DTLS1_2, cipher=3D{SUITE}", "TLS1.2", SUITE, None, id="quoted-printable"),
        pytest.param(
            f"version=3DTLS1_2 cipher=3D{SUITE} bits=3D128", "TLS1.2", SUITE, 128, id="quoted-printable, bits"
        ),
        pytest.param("version=TLS1_0 cipher=3DES", "TLS1.0", "3DES", None, id="cipher that starts with 3D"),
    ],
)
def test_recorded_tls(text: str, version: str | None, cipher: str | None, bits: int | None) -> None:
    assert tls.parse([text], None) == Tls(version=version, cipher=cipher, bits=bits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NOT encrypted",
        "No client certificate requested",
        "ESMTPS",
        "HTTPS",
        "TLS.example.com [192.0.2.1]",
        "tls.example [192.0.2.1]",
        "version 8.14",
        "Client did not present a certificate over TLS",
        "helo=TLS-AES.example",
    ],
)
def test_text_without_tls(text: str) -> None:
    assert tls.parse([text], None) is None


def test_the_first_text_with_tls_is_used() -> None:
    assert tls.parse(["Postfix", "TLS1.2", "TLS1.3"], None) == Tls(version="TLS1.2")


def test_the_tls_clause_names_the_cipher() -> None:
    assert tls.parse(["TLS1.3"], SUITE) == Tls(version="TLS1.3", cipher=SUITE)
    assert tls.parse(["Exim 4.96"], SUITE) == Tls(cipher=SUITE)


def test_the_tls_clause_of_opensmtpd_has_keys() -> None:
    clause = f"version=TLSv1.2 cipher={CIPHER} bits=256 verify=NO"
    assert tls.parse([], clause) == Tls(version="TLS1.2", cipher=CIPHER, bits=256)


@given(
    st.lists(
        st.text(alphabet=st.sampled_from("TLSv=,:/ 123()-_AEcipherbts"), max_size=30)
        | st.sampled_from(["version=", "cipher=", "TLS", "using TLS", " with TLS", "encrypted", SUITE]),
        max_size=6,
    )
)
def test_any_texts_have_a_result(texts: list[str]) -> None:
    for joined in (texts, ["".join(texts)]):
        read = tls.parse(joined, None)
        assert read is None or (read.cipher != "" and read.version != "")

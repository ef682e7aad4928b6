"""Certificates that are wrong in one way each, signed by an authority made for the test session."""

import datetime as dt
import functools
import ipaddress
import ssl
import tempfile
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]

DAY = dt.timedelta(days=1)
HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
OTHER = x509.DNSName("other.test")


@functools.cache
def authority() -> Pair:
    """The authority of this session."""
    return make(x509.DNSName("authority.test"), ca=True)


def ca_pem() -> str:
    """What a client must trust, as PEM text."""
    return pem(authority()[0])


def pem(certificate: x509.Certificate) -> str:
    """A certificate as PEM text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def make(
    name: x509.GeneralName,
    *,
    begins: dt.timedelta = -DAY,
    ends: dt.timedelta = 10 * DAY,
    signed_by: Pair | None = None,
    ca: bool = False,
) -> Pair:
    """A certificate for a name, from and until so long from now; signed by itself unless told otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    # An authority by the same name would look like the certificate's own signature.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"a test's {'authority' if ca else 'own'}")])
    issuer, signing = (subject, key) if signed_by is None else (signed_by[0].subject, signed_by[1])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    return certificate, key


def context(pair: Pair, *, old: bool = False) -> ssl.SSLContext:
    """A server's TLS with this certificate; `old` speaks TLS 1.1 at most."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate.write_text(pem(pair[0]))
        key.write_bytes(
            pair[1].private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        made.load_cert_chain(certificate, key)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
            made.minimum_version = ssl.TLSVersion.TLSv1
            made.maximum_version = ssl.TLSVersion.TLSv1_1
        made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def wrongs() -> dict[str, tuple[ssl.SSLContext, str]]:
    """Every way a certificate can be wrong."""
    ours = authority()
    return {
        "expired": (context(make(HERE, begins=-5 * DAY, ends=-DAY, signed_by=ours)), "tls-expired"),
        "not valid yet": (context(make(HERE, begins=DAY, ends=5 * DAY, signed_by=ours)), "tls-early"),
        "for another name": (context(make(OTHER, signed_by=ours)), "tls-name"),
        "signed by itself": (context(make(HERE)), "tls-untrusted"),
        "signed by a stranger": (context(make(HERE, signed_by=make(OTHER, ca=True))), "tls-untrusted"),
        "TLS 1.1": (context(make(HERE, signed_by=ours), old=True), "tls"),
    }

"""The twins' own certificate authority, made at first start, and its certificate for this machine."""

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.twins import base, files

AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
RENEW_DAYS = 30  #: a certificate with less time left is made anew

_NAMES: list[x509.GeneralName] = [
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
]


def ensure(folder: Path, *, now: datetime.datetime | None = None) -> base.Tls:
    """Make whatever is missing or about to expire. `now` is aware, UTC. Keys are readable by their owner alone.

    Raises OSError where the folder cannot be written.
    """
    moment = now or datetime.datetime.now(datetime.UTC)
    folder.mkdir(parents=True, exist_ok=True)
    tls = base.Tls(
        certificate=folder / "leaf.pem", key=folder / "leaf.key", authority=folder / "authority.pem"
    )
    authority = _load(tls.authority, folder / "authority.key", moment)
    if authority is None:
        authority = _make_authority(moment)
        _write_pair(tls.authority, folder / "authority.key", authority)
    leaf = _load(tls.certificate, tls.key, moment)
    if leaf is None or not _issued(leaf[0], authority[0]):
        certificate, key = _make_leaf(authority, moment)
        _write_pair(tls.certificate, tls.key, (certificate, key), chain=authority[0])
    return tls


Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _load(certificate: Path, key: Path, now: datetime.datetime) -> Pair | None:
    """The pair in these files; None where it is missing, broken or about to expire."""
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if loaded.not_valid_after_utc - now < datetime.timedelta(days=RENEW_DAYS):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != loaded.public_key():
        return None
    return loaded, private


def _issued(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, exceptions.InvalidSignature):
        return False
    return True


def _make_authority(now: datetime.datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Heliograph twins {os.urandom(4).hex()}")])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _make_leaf(authority: Pair, now: datetime.datetime) -> Pair:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        _builder(name, issuer.subject, key, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks differ a little
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _write_pair(certificate: Path, key: Path, pair: Pair, chain: x509.Certificate | None = None) -> None:
    private = pair[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = pair[0].public_bytes(serialization.Encoding.PEM)
    if chain is not None:
        public += chain.public_bytes(serialization.Encoding.PEM)
    files.write(key, private, 0o600)
    files.write(certificate, public, 0o644)

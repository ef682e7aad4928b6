"""The twins' authority: made once, kept private, trusted by real clients, renewed in time."""

import asyncio
import datetime
import ssl
import stat
from pathlib import Path

from cryptography import x509

from server.twins import authority, base


def contents(tls: base.Tls) -> list[bytes]:
    return [path.read_bytes() for path in (tls.authority, tls.certificate, tls.key)]


def test_what_was_made_is_kept(tmp_path: Path) -> None:
    assert contents(authority.ensure(tmp_path)) == contents(authority.ensure(tmp_path))


def test_keys_are_their_owners_alone_and_certificates_everybodys(tmp_path: Path) -> None:
    authority.ensure(tmp_path / "twins")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "twins").iterdir()}
    assert modes == {"authority.pem": 0o644, "leaf.pem": 0o644, "authority.key": 0o600, "leaf.key": 0o600}


def test_a_leaf_about_to_expire_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    first = contents(authority.ensure(tmp_path))
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=authority.LEAF_DAYS - 10)
    later = contents(authority.ensure(tmp_path, now=soon))
    assert later[0] == first[0]
    assert later[1] != first[1]
    left = x509.load_pem_x509_certificate(later[1]).not_valid_after_utc - soon
    assert left > datetime.timedelta(days=300)


def test_an_authority_that_expires_is_made_anew_with_its_leaf(tmp_path: Path) -> None:
    first = contents(authority.ensure(tmp_path))
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=authority.AUTHORITY_DAYS - 10)
    assert not set(first) & set(contents(authority.ensure(tmp_path, now=later)))


def test_broken_or_mixed_up_files_are_replaced(tmp_path: Path) -> None:
    tls = authority.ensure(tmp_path)
    other = authority.ensure(tmp_path / "other")
    tls.key.write_text("not a key")
    authority.ensure(tmp_path)
    assert tls.key.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    tls.certificate.write_bytes(other.certificate.read_bytes())
    tls.key.write_bytes(other.key.read_bytes())
    authority.ensure(tmp_path)
    assert tls.certificate.read_bytes() != other.certificate.read_bytes()


async def test_a_real_handshake_holds_for_the_names_of_this_machine(tmp_path: Path) -> None:
    tls = authority.ensure(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tls.certificate, tls.key)
    trusting = ssl.create_default_context(cafile=str(tls.authority))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=serving)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for name in ("localhost", "127.0.0.1"):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=name)
            writer.close()
            await writer.wait_closed()

"""HTTPS on a home network: a certificate for this machine's addresses that is kept, private and trusted by IP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from signaling.lan import FILE, LIFETIME, CannotKeep, addresses, certificate, qr_code, state_folder

HERE = [ip_address("192.168.1.5"), ip_address("fd00::5")]


def loaded(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / FILE).read_bytes())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("strict", [False, True])
async def test_a_client_that_trusts_it_connects_by_address(tmp_path: Path, host: str, strict: bool) -> None:
    made = certificate(tmp_path, HERE)
    server = await asyncio.start_server(lambda _, writer: writer.close(), host, 0, ssl=made.tls())
    trusting = ssl.create_default_context(cadata=loaded(tmp_path).public_bytes(Encoding.PEM).decode())
    if strict:
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    port = server.sockets[0].getsockname()[1]
    async with server:
        reader, writer = await asyncio.open_connection(host, port, ssl=trusting, server_hostname=host)
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for '10\.0\.0\.9'"):
            await asyncio.open_connection(host, port, ssl=trusting, server_hostname="10.0.0.9")
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            await asyncio.open_connection(host, port, ssl=ssl.create_default_context(), server_hostname=host)


def test_names_every_address_and_this_machine(tmp_path: Path) -> None:
    certificate(tmp_path, HERE)
    names = loaded(tmp_path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {*HERE, ip_address("127.0.0.1"), ip_address("::1")} == set(names.get_values_for_type(x509.IPAddress))
    assert {"localhost", socket.gethostname().lower()} <= set(names.get_values_for_type(x509.DNSName))


def test_its_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "twocans"
    certificate(folder, HERE)
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in folder.iterdir()] == [FILE]


def test_is_kept_while_it_is_good(tmp_path: Path) -> None:
    first = certificate(tmp_path, HERE)
    assert certificate(tmp_path, HERE) == first
    assert certificate(tmp_path, HERE[:1]) == first, "an address that went away may come back"
    assert first.fingerprint == loaded(tmp_path).fingerprint(hashes.SHA256()).hex(":").upper()


def test_is_made_anew_for_a_new_address(tmp_path: Path) -> None:
    first = certificate(tmp_path, HERE)
    assert certificate(tmp_path, [*HERE, ip_address("10.0.0.7")]) != first


def test_is_made_anew_before_it_ends(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first = certificate(tmp_path, HERE, now)
    assert certificate(tmp_path, HERE, now + LIFETIME - timedelta(days=20)) == first
    assert certificate(tmp_path, HERE, now + LIFETIME - timedelta(days=10)) != first
    assert loaded(tmp_path).not_valid_after_utc - loaded(tmp_path).not_valid_before_utc <= timedelta(days=398)


@pytest.mark.parametrize("damage", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: str) -> None:
    certificate(tmp_path, HERE)
    (tmp_path / FILE).write_text(damage)
    certificate(tmp_path, HERE).tls()


def test_a_key_that_others_could_read_is_not_used_again(tmp_path: Path) -> None:
    first = certificate(tmp_path, HERE)
    (tmp_path / FILE).chmod(0o644)
    assert certificate(tmp_path, HERE) != first
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(CannotKeep, match="--state-dir"):
        certificate(tmp_path / "state", HERE)


def test_addresses_are_those_that_others_can_use() -> None:
    for each in addresses():
        assert not each.is_loopback
        assert not each.is_link_local


def test_state_goes_where_the_desktop_says(tmp_path: Path) -> None:
    assert state_folder("/srv/x", {"XDG_STATE_HOME": "/y"}) == Path("/srv/x")
    assert state_folder(None, {"XDG_STATE_HOME": "/y"}) == Path("/y/twocans")
    assert state_folder(None, {"XDG_STATE_HOME": "relative"}) == Path.home() / ".local/state/twocans"
    assert state_folder(None, {}) == Path.home() / ".local/state/twocans"


def test_qr_codes_fit_a_small_terminal() -> None:
    lines = qr_code("https://192.168.100.200:65535/", colours=False).splitlines()
    assert max(map(len, lines)) <= 40
    assert len(lines) <= 20
    assert {*"".join(lines)} <= set("█▀▄ ")
    assert all(line.startswith("\x1b[97;40m") for line in qr_code("x", colours=True).splitlines())

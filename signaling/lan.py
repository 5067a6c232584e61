"""HTTPS on a home network: this machine's addresses, a certificate made for them, and codes to point a phone at.

Browsers give camera, microphone and WebCrypto to HTTPS alone, and no authority certifies 192.168.1.5. So the machine
certifies itself: a browser warns once, and remembers its answer for as long as the certificate stays the same.
"""

from __future__ import annotations

import io
import logging
import os
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from tempfile import NamedTemporaryFile

import ifaddr
import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

log = logging.getLogger(__name__)

FILE = "lan.pem"
LIFETIME = timedelta(days=397)
"""What browsers accept of a certificate that they are asked to trust."""
RENEW_BEFORE = timedelta(days=14)
PRIVATE_IPV6 = ip_network("fc00::/7")
Address = IPv4Address | IPv6Address


class CannotKeep(Exception):
    """The certificate cannot be written; the text says where and why."""


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate and its key, together in one file that only its owner can read."""

    path: Path
    fingerprint: str
    """SHA-256 as browsers show it: upper-case hex with colons."""

    def tls(self) -> ssl.SSLContext:
        """A context for a server that shows this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path)
        return context


def addresses() -> list[Address]:
    """The addresses under which others on the network reach this machine, the likeliest first.

    All of IPv4, and the private range of IPv6: its public addresses change daily, and with them the certificate would.
    """
    cards = [ip.ip for card in ifaddr.get_adapters() for ip in card.ips]
    found = [ip_address(ip if isinstance(ip, str) else ip[0]) for ip in cards]
    usable = [each for each in dict.fromkeys(found) if not each.is_loopback and not each.is_link_local]
    usable = [each for each in usable if each.version == 4 or each in PRIVATE_IPV6]
    outward = _outward()
    return sorted(usable, key=lambda each: (each != outward, each.version))


def certificate(folder: Path, present: Iterable[Address], now: datetime | None = None) -> Certificate:
    """The certificate kept in `folder`, made anew when it ends soon or lacks one of the addresses.

    Raises:
        CannotKeep: the folder or the file cannot be written.
    """
    now = now or datetime.now(UTC)
    names = [x509.IPAddress(each) for each in (*present, ip_address("127.0.0.1"), ip_address("::1"))]
    wanted = {*names, *(x509.DNSName(name) for name in _host_names())}
    path = folder / FILE
    try:
        kept = _read(path)
        if kept is None or not _serves(kept, wanted, now):
            kept, key = _make(wanted, now)
            _write(path, kept, key)
            log.info("= made a certificate in %s", path)
    except OSError as error:
        raise CannotKeep(f"{path} cannot be kept: {error.strerror}; see --state-dir.") from None
    return Certificate(path, kept.fingerprint(hashes.SHA256()).hex(":").upper())


def state_folder(named: str | None, environment: Mapping[str, str]) -> Path:
    """Where state is kept: as set, else by the XDG Base Directory Specification."""
    if named:
        return Path(named).expanduser()
    home = environment.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "twocans"


def qr_code(link: str, *, colours: bool) -> str:
    """The link as a QR code in half blocks. With `colours`, dark on light whatever those of the terminal are."""
    drawing = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(drawing, border=2, compact=True)
    lines = drawing.getvalue().splitlines()
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" if colours else line for line in lines)


def _outward() -> Address | None:
    """The address of the interface that leads outside. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return None
        return ip_address(probe.getsockname()[0])


def _host_names() -> set[str]:
    """Names to certify: the own one, the one of multicast DNS (RFC 6762), and localhost."""
    own = socket.gethostname().lower()
    try:
        return {"localhost", x509.DNSName(own).value, f"{own.split('.')[0]}.local"}
    except ValueError:  # not ASCII
        return {"localhost"}


def _read(path: Path) -> x509.Certificate | None:
    """None when there is no usable file, or when others could read its key."""
    try:
        if path.stat().st_mode & 0o077:
            return None
        content = path.read_bytes()
        serialization.load_pem_private_key(content, None)
        return x509.load_pem_x509_certificate(content)
    except (FileNotFoundError, ValueError):
        return None


def _serves(kept: x509.Certificate, wanted: set[x509.GeneralName], now: datetime) -> bool:
    names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return kept.not_valid_before_utc <= now < kept.not_valid_after_utc - RENEW_BEFORE and wanted <= set(names)


def _make(names: set[x509.GeneralName], now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Twocans on this network")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(sorted(names, key=repr)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()), key


def _write(path: Path, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Whole or not at all; the temporary file is born with mode 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with NamedTemporaryFile(dir=path.parent, prefix=f".{FILE}.", delete=False) as file:
        try:
            file.write(secret + made.public_bytes(serialization.Encoding.PEM))
            file.flush()
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise

"""What `twocans turn-config` prints is a coturn that works, and that is no door into the network around it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner

from signaling.cli import turn_config
from signaling.config import load
from signaling.ice import ice_servers, turn_credential
from tests.support.turn import IPV4, IPV6, Allocation, running_coturn

TURN_FOLDER = Path(__file__).parents[2] / "turn-config"
DENIED = {
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "fe80::/10", "fc00::/7",
    "::ffff:0.0.0.0/96", "64:ff9b::/96", "2002::/16", "2001::/32",
}  # fmt: skip
"""Every range that may never be a peer."""
ALSO_REFUSED = ("0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1")
PUBLIC = {IPV4: ("8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.0"), IPV6: ("2606:4700::1111", "2a00::1", "2003::1")}
"""Next to the denied ranges, so that a list which denies too much is noticed as well."""


@dataclass
class Printed:
    """Both outputs of one run."""

    configuration: str
    environment: dict[str, str]


def printed(*words: str, env: dict[str, str] | None = None) -> Printed:
    result = CliRunner().invoke(turn_config, words, env=env)
    assert result.exit_code == 0, result.output
    return Printed(result.stdout, dict(line.split("=", 1) for line in result.stderr.splitlines()))


def test_prints_the_realm_and_the_same_secret_on_both_sides() -> None:
    one = printed("--realm", "turn.example.org")
    assert "\nrealm=turn.example.org\n" in one.configuration
    secret = one.environment["TWOCANS_TURN_SECRET"]
    assert f"\nstatic-auth-secret={secret}\n" in one.configuration
    assert len(secret) >= 32
    assert "$" not in one.configuration
    assert printed("--realm", "turn.example.org").environment["TWOCANS_TURN_SECRET"] != secret


def test_the_printed_variables_make_serve_offer_that_server() -> None:
    settings = load({}, printed("--realm", "turn.example.org").environment)
    stun, turn = ice_servers(settings, "s", 0, "call.example.org")
    assert stun.urls == ["stun:turn.example.org:3478"]
    assert turn.urls == [f"turn:turn.example.org:3478?transport={each}" for each in ("udp", "tcp")]
    assert turn.credential


def test_takes_realm_and_secret_from_settings() -> None:
    env = {"TWOCANS_TURN_SECRET": "correct-horse", "TWOCANS_PUBLIC_URL": "https://call.example.org:8443"}
    one = printed("--external-ip", "203.0.113.7", env=env)
    assert one.environment["TWOCANS_TURN_SECRET"] == "correct-horse"
    assert "\nrealm=call.example.org\n" in one.configuration
    assert "\nexternal-ip=203.0.113.7\n" in one.configuration


@pytest.mark.parametrize("words", [["--realm", "a\nno-auth"], ["--external-ip", "here"], ["--public-url", "x"]])
def test_refuses_what_would_not_be_one_line_of_a_configuration(words: list[str]) -> None:
    assert CliRunner().invoke(turn_config, words).exit_code == 2


def test_denies_every_range_as_a_whole_prefix() -> None:
    lines = printed("--realm", "x").configuration.splitlines()
    ranges = [line.split("=")[1].split("-") for line in lines if line.startswith("denied-peer-ip=")]
    assert {(ip_address(each[0]), ip_address(each[-1])) for each in ranges} == {
        (network[0], network[-1]) for network in map(ip_network, DENIED)
    }
    assert not any(each[0] == "::" for each in ranges), "coturn takes :: for every address there is"
    assert {"no-multicast-peers", "no-tcp-relay", "no-cli", "no-software-attribute", "use-auth-secret"} <= set(lines)


def test_the_example_is_what_the_server_says() -> None:
    example = json.loads((TURN_FOLDER / "ice-servers.example.json").read_text(encoding="utf-8"))
    username, credential = turn_credential("correct-horse-battery-staple", 1_800_000_000, "b2d9c6e0a1f34578")
    assert example[1] | {"username": username, "credential": credential} == example[1]


@pytest.mark.coturn
async def test_coturn_relays_for_good_credentials_only(tmp_path: Path) -> None:
    one = printed("--realm", "turn.example.org")
    secret, now = one.environment["TWOCANS_TURN_SECRET"], int(time.time())
    async with running_coturn(one.configuration, tmp_path) as coturn:
        async with coturn.allocation(*turn_credential(secret, now + 60, "holder")) as allocation:
            assert isinstance(allocation, Allocation)
        for wrong in (
            turn_credential(secret, now - 60, "holder"),
            turn_credential("another-secret", now + 60, "holder"),
        ):
            async with coturn.allocation(*wrong) as allocation:
                assert allocation == 401


@pytest.mark.coturn
@pytest.mark.parametrize("family", [IPV4, IPV6])
async def test_coturn_refuses_every_peer_that_is_not_on_the_internet(family: int, tmp_path: Path) -> None:
    one = printed("--realm", "turn.example.org")
    credential = turn_credential(one.environment["TWOCANS_TURN_SECRET"], int(time.time()) + 60, "holder")
    networks = [ip_network(each) for each in DENIED]
    edges = {str(network[index]) for network in networks for index in (0, network.num_addresses // 2, -1)}
    refused = [each for each in sorted(edges | set(ALSO_REFUSED)) if (":" in each) == (family == IPV6)]
    async with (
        running_coturn(one.configuration, tmp_path) as coturn,
        coturn.allocation(*credential, family) as allocation,
    ):
        assert isinstance(allocation, Allocation)
        assert {peer: await allocation.permit(peer) for peer in refused} == dict.fromkeys(refused, 403)
        assert {peer: await allocation.permit(peer) for peer in PUBLIC[family]} == dict.fromkeys(PUBLIC[family], 0)

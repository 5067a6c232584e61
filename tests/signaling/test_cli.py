"""`twocans serve` as a process: what it prints, how it is set, and how it ends."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from aioice import stun, turn

from signaling.lan import FILE
from signaling.listen import open_sockets
from tests.support.processes import Program, twocans

SERVE = ("serve", "--port", "0", "--stun-port", "0")
UPGRADE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def listening(program: Program) -> str:
    return program.wait_for(r"^listening on (https?://\S+)\n")[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_until_told_to_stop_and_says_goodbye(number: int, tmp_path: Path) -> None:
    with twocans(*SERVE, cwd=tmp_path) as program:
        url = await asyncio.to_thread(listening, program)
        async with aiohttp.ClientSession() as session:
            for path, content in (("/healthz", "alive"), ("/", "<html")):
                async with session.get(url + path) as response:
                    assert response.status == 200
                    assert content in await response.text()
            async with session.ws_connect(f"{url}/v1/ws") as client:
                await client.send_str('{"type":"hello","v":1,"room":"rrrrrrrrrrrrrrrrrrrrrr","cseq":1}')
                assert (await client.receive_json())["type"] == "welcome"
                program.signal(number)
                ended = await client.receive()
                assert (ended.type, client.close_code) == (aiohttp.WSMsgType.CLOSE, 1001)
        assert (await asyncio.to_thread(program.finish, 5)).code == 0


async def test_a_client_that_never_answers_does_not_hold_the_end_up(tmp_path: Path) -> None:
    with twocans(*SERVE, cwd=tmp_path) as program:
        port = int((await asyncio.to_thread(listening, program)).rsplit(":", 1)[1])
        for request in (UPGRADE, b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", b"GET /"):
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                client.sendall(request)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPGRADE)
        assert b" 101 " in await reader.readline()
        program.signal(signal.SIGTERM)
        assert (await asyncio.to_thread(program.finish, 5)).code == 0
        writer.close()


def test_prints_one_line_and_only_that(tmp_path: Path) -> None:
    with twocans(*SERVE, cwd=tmp_path) as program:
        listening(program)
        program.signal(signal.SIGTERM)
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d{2,5}\n", program.finish().stdout)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    [taken] = open_sockets(("127.0.0.1",), 0, socket.SOCK_STREAM)
    with taken, twocans("serve", "--port", str(taken.getsockname()[1]), "--stun-port", "off", cwd=tmp_path) as program:
        ended = program.finish()
    assert (ended.code, ended.stdout) == (1, "")
    assert re.fullmatch(r"Error: Port \d+ on 127\.0\.0\.1 is already in use; .*--port.*\n", ended.stderr)


@pytest.mark.parametrize(
    ("words", "env", "sentence"),
    [
        (["--port", "http"], {}, "--port: expected a port from 0 to 65535, not 'http'"),
        ([], {"TWOCANS_GRACE_S": "-1"}, "TWOCANS_GRACE_S: expected a number of seconds above 0"),
        (["--config", "x.toml"], {}, "x.toml: prot: no such setting"),
        (["--config", "missing.toml"], {}, "missing.toml: No such file"),
        (["--turn-urls", "turn:a"], {}, "turn_urls needs turn_secret"),
        (["--no-such-flag"], {}, "No such option"),
    ],
)
def test_wrong_settings_are_usage_errors(words: list[str], env: dict[str, str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("prot = 1")
    with twocans("serve", *words, env=env, cwd=tmp_path) as program:
        ended = program.finish()
    assert (ended.code, ended.stdout) == (2, "")
    assert sentence in ended.stderr


def test_settings_come_from_everywhere(tmp_path: Path) -> None:
    (tmp_path / "twocans.toml").write_text("port = 1\nstun_port = 'off'\nlog_level = 'error'\nhost = '::1'\n")
    with twocans("serve", env={"TWOCANS_PORT": "0", "TWOCANS_HOST": "127.0.0.2"}, cwd=tmp_path) as program:
        assert listening(program).startswith("http://127.0.0.2:")
    with twocans("serve", "--port", "0", cwd=tmp_path) as program:
        assert listening(program).startswith("http://[::1]:")


async def test_answers_stun(tmp_path: Path) -> None:
    with twocans(*SERVE, cwd=tmp_path) as program:
        found = await asyncio.to_thread(program.wait_for, r"STUN is answered on port (\d+)", "stderr")
        server = ("127.0.0.1", int(found[1]))
        transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(server, None, None, 600, 500), remote_addr=server
        )
        response, _ = await client.request(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
        assert response.attributes["XOR-MAPPED-ADDRESS"] == transport.get_extra_info("sockname")
        transport.close()


def test_serves_without_stun_when_its_port_is_taken(tmp_path: Path) -> None:
    [taken] = open_sockets(("127.0.0.1",), 0, socket.SOCK_DGRAM)
    with taken, twocans("serve", "--port", "0", "--stun-port", str(taken.getsockname()[1]), cwd=tmp_path) as program:
        listening(program)
        program.wait_for(r"STUN is not answered: .*--stun-port", "stderr")


async def test_lan_is_https_by_address_with_a_kept_certificate(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with twocans(*SERVE, "--lan", "--state-dir", tmp_path / "state", cwd=tmp_path) as program:
            url = await asyncio.to_thread(listening, program)
            program.wait_for(rf"\n{re.escape(url)}/\n[█▀▄ \n]{{400,}}\n")
            seen.append(program.wait_for(r"\n((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\n")[1])
            pem = (tmp_path / "state" / FILE).read_text()
            trusting = ssl.create_default_context(cadata=pem[pem.index("-----BEGIN CERTIFICATE") :])
            async with aiohttp.ClientSession() as session:
                for place in (url, re.sub(r"//.*:", "//127.0.0.1:", url), re.sub(r"//.*:", "//[::1]:", url)):
                    async with session.get(f"{place}/healthz", ssl=trusting) as response:
                        assert response.status == 200
    assert seen[0] == seen[1]

"""A receiver that may have no more memory: it says so, keeps what has come, and goes on once it may have more."""

from __future__ import annotations

from pathlib import Path

from tests.support.processes import python
from tests.support.transfers import MIB, noise

SCRIPT = """
import asyncio, re, resource, sys
from pathlib import Path
from peer.endings import explained
from peer.exits import Failed
from peer.source import Source
from peer.transfer import Incoming, Outgoing, TransferFailed
from peer.wire.frames import FrameType, pack, pack_leaf
from tests.support.channels import wire_pair
from hashlib import sha256

MIB = 1024 * 1024
path, out = Path(sys.argv[1]), Path(sys.argv[2])
source = Source.from_paths([path])
data = path.read_bytes()

def used():
    return int(re.search(r"VmSize:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

async def tight():
    near, far = wire_pair()
    outgoing = Outgoing(source)
    await near.say(outgoing.offer)
    lane = await near.open_lane(outgoing.transfer)
    for page in source.manifest.pages(near.max_message_bytes):
        await lane.send(page)
    incoming = Incoming(far, await far.offers.get())
    receiving = asyncio.ensure_future(incoming.accept(out))
    await far.accepted.wait()
    piece = 128 * 1024
    for at in range(0, 4 * MIB, piece):
        await lane.send(pack(FrameType.DATA, 0, at // MIB, at % MIB, memoryview(data)[at : at + piece]))
    for leaf in range(4):
        await lane.send(pack_leaf(0, leaf, MIB, sha256(memoryview(data)[leaf * MIB : (leaf + 1) * MIB]).digest()))
    while not list(out.glob(".twocans/*/journal")) or b"held" not in next(out.glob(".twocans/*/journal")).read_bytes():
        await asyncio.sleep(0.01)
    resource.setrlimit(resource.RLIMIT_AS, (used() + 8 * MIB, resource.RLIM_INFINITY))
    for leaf in range(4, 32):
        await lane.send(pack(FrameType.DATA, 0, leaf, 0, b"x"))
    try:
        with explained():
            await receiving
    except Failed as failed:
        print(failed.exit.name, failed.sentence, failed.hint, flush=True)
    print((await near.hear(outgoing.transfer)), (await near.hear(outgoing.transfer)), flush=True)

async def roomy():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    near, far = wire_pair()

    async def receive():
        await Incoming(far, await far.offers.get()).accept(out, on_resumed=lambda held: print("held", held))

    await asyncio.gather(Outgoing(source).run(near), receive())

asyncio.run(tight())
asyncio.run(roomy())
"""


def test_a_receiver_without_memory_says_so_and_goes_on_when_it_has_some(tmp_path: Path) -> None:
    path, out = tmp_path / "film.mkv", tmp_path / "out"
    path.write_bytes(noise(40 * MIB + 3))
    with python(SCRIPT, path, out) as receiver:
        ended = receiver.finish()
    assert ended.code == 0, ended.stderr
    said, told, held = ended.stdout.splitlines()
    assert said.startswith("DISK The receiver's machine gives it no more memory.")
    assert "run both commands again" in said
    assert "CancelFiles" in told
    assert "reason='disk'" in told
    assert held == f"held {4 * MIB}"
    assert (out / "film.mkv").read_bytes() == path.read_bytes()

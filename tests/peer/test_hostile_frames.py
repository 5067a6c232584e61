"""Random frames and control messages against both shells: they end as a transfer ends, and touch nothing of others."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer.core.ledger import file_root
from peer.manifest import Manifest
from peer.names import UnsafeName
from peer.rtc.engine import ChannelClosed
from peer.source import Source
from peer.transfer import Incoming, Outgoing, PeerGone, Progress, TransferFailed
from peer.wire.control import (
    AcceptFiles,
    CancelFiles,
    Control,
    FinishedFiles,
    LaneAnswer,
    LaneCandidate,
    LaneOffer,
    OfferFiles,
    PauseFiles,
    ResumeFiles,
)
from peer.wire.frames import (
    MAX_WANTED_BYTES,
    Entry,
    FrameType,
    Range,
    Small,
    pack,
    pack_done,
    pack_files,
    pack_got,
    pack_leaf,
)
from tests.support.channels import MemoryWire, wire_pair
from tests.support.sentinels import Ground
from tests.support.transfers import MIB

pytestmark = pytest.mark.timeout(300)

TRANSFER = "transferAAA"
ENTRIES = (
    Entry("top", "dir"),
    Entry("top/empty"),
    Entry("top/small", size=5),
    Entry("top/other", size=7),
    Entry("top/large", size=MIB + 3),
    Entry("top/stream", size=-1),
    Entry("top/link", "link", target="small"),
)
CONTENT = {2: b"small", 3: b"another", 4: bytes(MIB + 3), 5: b"stream"}
Message = bytes | str | Control
Some = st.SearchStrategy[list[Message]]

numbers = st.one_of(st.integers(0, 7), st.sampled_from([16, 511, 512, MIB, 2**31, 2**32 - 1]))
sizes = st.one_of(st.integers(0, 8), st.sampled_from([MIB - 1, MIB, MIB + 3, 2**52, 2**52 + 1, 2**64 - 1]))
payloads = st.one_of(
    st.binary(max_size=64), st.sampled_from([bytes(64 * 1024), bytes(200 * 1024), b"small", b"stream"])
)
hashes = st.one_of(st.just(bytes(32)), st.sampled_from([sha256(data).digest() for data in CONTENT.values()]))
ranges = st.lists(st.builds(Range, numbers, numbers, numbers), min_size=1, max_size=6)
files_ = st.sampled_from([2, 3, 4, 5])
noise = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=5),
    st.builds(pack, st.sampled_from(FrameType), numbers, numbers, numbers, payloads),
)


def wanted(kind: FrameType, some: list[Range]) -> bytes:
    return pack(kind, 0, 0, 0, b"".join(b"".join(part.to_bytes(4, "big") for part in run) for run in some))


def leaf(file: int, number: int, *, honest: bool) -> bytes:
    data = CONTENT[file][number * MIB : (number + 1) * MIB]
    return pack_leaf(file, number, len(data), sha256(data).digest() if honest else bytes(32))


def small(file: int, *, honest: bool) -> bytes:
    data = CONTENT[file][:7]
    return pack_files([(Small(file, len(data), sha256(data).digest() if honest else bytes(32)), data)])


def done(file: int, *, honest: bool) -> bytes:
    data = CONTENT[file]
    leaves = b"".join(sha256(data[at : at + MIB]).digest() for at in range(0, len(data), MIB))
    return pack_done(file, len(data), file_root(len(data), leaves) if honest else bytes(32))


def data(file: int, number: int) -> list[Message]:
    whole = CONTENT[file][number * MIB : (number + 1) * MIB]
    step = 200 * 1024
    return [pack(FrameType.DATA, file, number, at, whole[at : at + step]) for at in range(0, len(whole), step)]


def one(message: st.SearchStrategy[Message]) -> Some:
    return message.map(lambda each: [each])


holds: st.SearchStrategy[Message] = st.sampled_from(
    [PauseFiles(transfer=TRANSFER), ResumeFiles(transfer=TRANSFER), ResumeFiles(transfer=TRANSFER)]
)
lane_words: st.SearchStrategy[Message] = st.sampled_from(
    [
        LaneOffer(transfer=TRANSFER, lane=1, sdp="v=0"),
        LaneAnswer(transfer=TRANSFER, lane=1, sdp="v=0"),
        LaneAnswer(transfer=TRANSFER, lane=2),
        LaneCandidate(transfer=TRANSFER, lane=1, candidate=None),
    ]
)
honest = st.sampled_from([True, True, True, False])
plausible_sender = st.one_of(
    st.builds(data, files_, st.integers(0, 1)),
    one(st.builds(leaf, files_, st.integers(0, 1), honest=honest)),
    one(st.builds(small, st.sampled_from([2, 3]), honest=honest)),
    one(st.builds(done, files_, honest=honest)),
    one(holds),
)
any_sender = st.one_of(
    one(st.builds(pack, st.just(FrameType.DATA), files_, numbers, numbers, payloads)),
    one(st.builds(pack_leaf, numbers, numbers, numbers, hashes)),
    one(st.builds(pack_done, numbers, sizes, hashes)),
    one(noise),
    one(lane_words),
    one(st.just(FinishedFiles(transfer=TRANSFER))),
    one(st.just(OfferFiles(transfer=TRANSFER, title="again", files=7, bytes=0))),
    one(st.just(CancelFiles(transfer=TRANSFER, reason="integrity", message="\x1b[2J"))),
)
FOLDER_RUNS = [
    Range(3, 0, 1),
    Range(4, 0, 1),
    Range(5, 0, 2),
    Range(5, 0, 1),
    Range(5, 1, 1),
    Range(1, 0, 0),
    Range(4, 0, 0),
]
STREAM_RUNS = [
    Range(0, 0, 1),
    Range(0, 1, 1),
    Range(0, 0, 16),
    Range(0, 2, 3),
    Range(0, 16, 1),
    Range(0, 3, 0),
    Range(0, 40, 1),
]


def plausible_receiver(runs: list[Range]) -> Some:
    some = st.lists(st.sampled_from(runs), min_size=1, max_size=3)
    wants = one(st.builds(wanted, st.just(FrameType.WANT), some))
    return st.one_of(wants, wants, one(st.builds(wanted, st.just(FrameType.HAVE), some)), one(holds))


any_receiver = st.one_of(
    one(st.builds(wanted, st.just(FrameType.WANT), ranges)),
    one(st.builds(wanted, st.just(FrameType.HAVE), ranges)),
    one(st.builds(pack_got, st.lists(st.tuples(numbers, sizes), min_size=1, max_size=3))),
    one(noise),
    one(lane_words),
    one(st.just(FinishedFiles(transfer=TRANSFER))),
    one(st.builds(AcceptFiles, transfer=st.just(TRANSFER), take=st.one_of(st.none(), st.lists(numbers, max_size=5)))),
)


def sequence(plausible: Some, any_: Some) -> Some:
    """Mostly what an honest peer might say, in any order, then what none would."""
    said = st.tuples(st.lists(plausible, max_size=20), st.lists(any_, max_size=6))
    return said.map(lambda both: [message for some in (*both[0], *both[1]) for message in some])


sequences = settings(max_examples=100)


async def say_all(wire: MemoryWire, send: Callable[[bytes | str], Awaitable[None]], said: list[Message]) -> None:
    for message in said:
        if isinstance(message, bytes | str):
            await send(message)
        else:
            await wire.say(message)
        await asyncio.sleep(0)
    for _ in range(50):  # let the other end act on it before we go
        await asyncio.sleep(0)


@sequences
@given(sequence(plausible_sender, any_sender), st.booleans())
def test_a_receiver_ends_well_whatever_its_sender_sends(said: list[Message], cut_first: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder))
        asyncio.run(_receive(ground, said, cut_first=cut_first))
        changes = ground.changes()
        assert {
            each for each in changes if not each.startswith(("home/inbox/out/top", "home/inbox/out/.twocans"))
        } == set()


async def _receive(ground: Ground, said: list[Message], *, cut_first: bool) -> None:
    near, far = wire_pair()
    manifest = Manifest(ENTRIES)
    await near.say(
        OfferFiles(transfer=TRANSFER, title="x", files=len(ENTRIES), bytes=manifest.known_bytes, open_ended=True)
    )
    lane = await near.open_lane(TRANSFER)
    for page in manifest.pages(near.max_message_bytes):
        await lane.send(page)
    incoming = Incoming(far, await far.offers.get())
    in_memory = [0]

    def watch(progress: Progress) -> None:
        in_memory.append(progress.coming)

    receiving = asyncio.ensure_future(incoming.accept(ground.out, on_progress=watch))
    async with asyncio.timeout(30):
        await far.accepted.wait()
        with suppress(ChannelClosed, PeerGone):
            if cut_first:
                near.cut()
                lane = await near.open_lane(TRANSFER)
                for page in manifest.pages(near.max_message_bytes):
                    await lane.send(page)
            await say_all(near, lane.send, said)
        near.leave()
        with suppress(TransferFailed, UnsafeName):
            await receiving
    assert max(in_memory) <= MAX_WANTED_BYTES


@pytest.fixture(scope="module")
def given_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("given") / "top"
    folder.mkdir()
    for file, name in enumerate(["a0", "b1", "c2", "d3", "e4"]):
        (folder / name).write_bytes(CONTENT.get(file, b""))
    return folder


@sequences
@given(
    st.one_of(
        sequence(plausible_receiver(FOLDER_RUNS), any_receiver).map(lambda said: (said, False)),
        sequence(plausible_receiver(STREAM_RUNS), any_receiver).map(lambda said: (said, True)),
    )
)
def test_a_sender_ends_well_whatever_its_receiver_sends(given_folder: Path, case: tuple[list[Message], bool]) -> None:
    said, stream = case
    source = (
        Source.from_stream(io.BytesIO(bytes(3 * MIB + 1)), "stream") if stream else Source.from_paths([given_folder])
    )
    asyncio.run(_send(source, said))


async def _send(source: Source, said: list[Message]) -> None:
    near, far = wire_pair()
    sending = asyncio.ensure_future(Outgoing(source, TRANSFER).run(near))
    async with asyncio.timeout(30):
        await far.offers.get()
        lane = await far.lane(TRANSFER)
        with suppress(ChannelClosed, PeerGone):
            await say_all(far, lane.send, said)
        far.leave()
        with suppress(TransferFailed, UnsafeName):
            await sending

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer.manifest import Manifest, ManifestReader
from peer.names import UnsafeName
from peer.wire.control import OfferFiles
from peer.wire.frames import HEADER_BYTES, MAX_MESSAGE, MAX_PAGE_ENTRIES, Entry, FrameType, pack, unpack
from signaling.protocol.errors import Malformed
from tests.support.pages import offer_of as pages_offer
from tests.support.pages import pages_of
from tests.support.vectors import read_vectors

names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40)
entries_of_one_folder = st.builds(
    Entry,
    path=names,
    kind=st.sampled_from(["file", "dir"]),
    size=st.integers(0, 2**40),
    mtime=st.integers(-(2**50), 2**50),
    mode=st.integers(0, 0o777),
)


def offer_of(manifest: Manifest) -> OfferFiles:
    return OfferFiles(
        transfer="transferAAA",
        title="x",
        files=len(manifest.entries),
        bytes=manifest.known_bytes,
        open_ended=manifest.open_ended,
    )


def reread(manifest: Manifest, max_message: int = MAX_MESSAGE) -> Manifest:
    reader, last = ManifestReader(offer_of(manifest)), None
    for page in manifest.pages(max_message):
        assert last is None, "the last page is not the last"
        assert len(page) <= max_message
        last = reader.take(unpack(page))
    assert last is not None
    return last


@settings(deadline=None)
@given(st.lists(entries_of_one_folder, min_size=1, max_size=60), st.integers(2048, MAX_MESSAGE))
def test_any_manifest_is_refused_or_arrives_as_it_was(entries: list[Entry], max_message: int) -> None:
    entries = [entry if entry.kind == "file" else msgspec.structs.replace(entry, size=0) for entry in entries]
    try:
        manifest = Manifest(tuple(entries))
    except UnsafeName:
        return
    again = reread(manifest, max_message)
    assert again == manifest
    assert again.fingerprint == manifest.fingerprint


def test_many_entries_go_in_many_pages() -> None:
    manifest = Manifest(tuple(Entry(f"{number}") for number in range(2 * MAX_PAGE_ENTRIES + 1)))
    frames = [unpack(page) for page in manifest.pages(MAX_MESSAGE)]
    assert [(frame.file, frame.leaf, frame.offset) for frame in frames] == [
        (0, 0, 0),
        (MAX_PAGE_ENTRIES, 1, 0),
        (2 * MAX_PAGE_ENTRIES, 2, 1),
    ]


def test_long_entries_fill_a_page_by_bytes() -> None:
    manifest = Manifest(tuple(Entry(f"{number:03}/" + "/".join(["x" * 250] * 10)) for number in range(300)))
    assert reread(manifest, 16 * 1024) == manifest


@pytest.mark.parametrize(
    "other",
    [
        Entry("b", size=5, mtime=7),
        Entry("a", size=6, mtime=7),
        Entry("a", size=5, mtime=8),
        Entry("a", "dir", mtime=7),
        Entry("a", size=-1, mtime=7),
    ],
)
def test_a_fingerprint_tells_names_kinds_sizes_and_times_apart(other: Entry) -> None:
    fingerprint = Manifest((Entry("a", size=5, mtime=7),)).fingerprint
    assert fingerprint == Manifest((Entry("a", size=5, mtime=7, mode=0o600),)).fingerprint
    assert fingerprint != Manifest((other,)).fingerprint
    assert len(fingerprint) == 32


@pytest.mark.parametrize("vector", read_vectors("manifest")["fingerprints"], ids=lambda vector: vector["name"])
def test_a_fingerprint_is_the_same_in_every_language(vector: dict[str, Any]) -> None:
    manifest = Manifest(tuple(msgspec.convert(vector["entries"], list[Entry])))
    assert manifest.fingerprint == vector["fingerprint"]


def test_two_streams_are_refused() -> None:
    with pytest.raises(Malformed):
        Manifest((Entry("a", size=-1), Entry("b", size=-1)))


def test_pages_come_in_order_and_no_further_than_offered() -> None:
    manifest = Manifest(tuple(Entry(f"{number}") for number in range(MAX_PAGE_ENTRIES + 2)))
    first, second = (unpack(page) for page in manifest.pages(MAX_MESSAGE))
    with pytest.raises(Malformed):
        ManifestReader(offer_of(manifest)).take(second)
    reader = ManifestReader(offer_of(manifest))
    reader.take(first)
    with pytest.raises(Malformed):
        reader.take(first)
    reader = ManifestReader(offer_of(manifest))
    reader.take(first)
    longer = pack(FrameType.MANIFEST, MAX_PAGE_ENTRIES, 1, 0, b'[{"path":"x"},{"path":"y"},{"path":"z"}]')
    with pytest.raises(Malformed):
        reader.take(unpack(longer))
    with pytest.raises(Malformed):
        ManifestReader(offer_of(manifest)).take(unpack(pack(FrameType.DATA, 0, 0, 0, bytes(HEADER_BYTES))))


@pytest.mark.parametrize(
    "other",
    [(Entry("a", size=5),), (Entry("a", size=5), Entry("b", size=8)), (Entry("a", size=12), Entry("b", size=-1))],
    ids=["fewer entries", "other bytes", "an open end"],
)
def test_what_comes_is_what_was_offered(other: tuple[Entry, ...]) -> None:
    offer = offer_of(Manifest((Entry("a", size=5), Entry("b", size=7))))
    (page,) = Manifest(other).pages(MAX_MESSAGE)
    with pytest.raises(Malformed):
        ManifestReader(offer).take(unpack(page))


@pytest.mark.parametrize("vector", read_vectors("pages")["hostile"], ids=lambda vector: vector["name"])
def test_refuses_a_manifest_that(vector: dict[str, Any]) -> None:
    reader, pages = ManifestReader(pages_offer(vector)), pages_of(vector)
    refusal = Malformed if vector["refused"] == "malformed" else UnsafeName

    def take_all() -> None:
        for page in pages:
            reader.take(unpack(page))

    with pytest.raises(refusal) as refused:
        take_all()
    assert getattr(refused.value, "rule", "malformed") == vector["refused"]


@pytest.mark.parametrize("vector", read_vectors("pages")["valid"], ids=lambda vector: vector["name"])
def test_takes_a_manifest_with(vector: dict[str, Any]) -> None:
    reader = ManifestReader(pages_offer(vector))
    *_, manifest = (reader.take(unpack(page)) for page in pages_of(vector))
    assert manifest is not None
    assert len(manifest.entries) == vector["offer"]["files"]


def test_a_manifest_of_endless_folders_is_refused_before_it_costs_much() -> None:
    entries = tuple(Entry(f"{number}/" + "/".join(["b"] * 63)) for number in range(20_000))
    with pytest.raises(UnsafeName) as refused:
        Manifest(entries)
    assert refused.value.rule == "long"

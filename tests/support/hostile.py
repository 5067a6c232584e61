"""A sender that uses our library with its own checks off: a script for `processes.python`."""

from __future__ import annotations

HOSTILE = """
import asyncio, sys
from unittest.mock import patch
import peer.loading, peer.manifest, peer.outgoing
from peer.client import join
from peer.invite import new_link_invite
from peer.manifest import Manifest
from peer.source import Source
from peer.wire.frames import Entry
import msgspec

peer.manifest.check_entries = lambda entries: None
server, what, *cases = sys.argv[1:]
if what == "lie":
    honest = peer.loading.pack_leaf
    peer.loading.pack_leaf = lambda file, leaf, length, proof: honest(file, leaf, length, bytes(32))
    entries = [[{"path": case, "size": 7, "mtime": 0} for case in cases]]
else:
    entries = msgspec.json.decode(cases[0])

class Reader:
    size = -1
    def read(self, file, leaf, length): return b"hostile"
    def stop(self): pass
    def close(self): pass

class Lies(Source):
    def open(self): return Reader()

async def give(number, entries):
    async with join(new_link_invite(), server=server, limit=2) as room:
        print(room.invite.link(server, files=True), flush=True)
        async for remote in room.peers():
            source = Lies("files", Manifest(tuple(msgspec.convert(entries, list[Entry]))))
            try:
                await peer.outgoing.Outgoing(source).run(remote)
            except Exception as error:
                print(number, type(error).__name__, flush=True)
            return

async def main():
    async with asyncio.TaskGroup() as group:
        for number, each in enumerate(entries):
            group.create_task(give(number, each))

asyncio.run(main())
"""

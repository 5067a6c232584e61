"""Moving files between two peers: Outgoing gives a Source over a Wire, Incoming takes what was offered.

    Source ─► Outgoing ─┬─ control: offer_files ─────────────► Incoming.manifest()    checked whole, then a person says
                        │  lane:    MANIFEST pages ──────────►                        yes or no
                        │  control: ◄──────────── accept_files  Incoming.accept()
                        │  lane:    ◄──────────────────── WANT   what is missing, within its credit
                        │  lane:    DATA … LEAF … DONE ──────►   each leaf proven, then written
                        └─ control: ◄────────── finished_files   everything is in its place ─► Receipt

A lost link is not the end: the sender offers again under the same transfer id and opens a new lane, and the receiver
wants what it lacks. Nor is a lost process: whoever takes the same files into the same folder again goes on with what
is there (peer.journal). Machines: peer.core.sending, peer.core.receiving.
"""

from __future__ import annotations

from peer.exchange import FileDone, OnProgress, Progress, Receipt, Wire
from peer.failures import (
    Cancelled,
    Declined,
    DiskFailed,
    IntegrityFailed,
    PeerGone,
    PeerLeft,
    SourceChanged,
    TooBig,
    TransferFailed,
)
from peer.incoming import Incoming
from peer.manifest import Manifest
from peer.names import UnsafeName
from peer.outgoing import Outgoing
from peer.source import Source

__all__ = [
    "Cancelled",
    "Declined",
    "DiskFailed",
    "FileDone",
    "Incoming",
    "IntegrityFailed",
    "Manifest",
    "OnProgress",
    "Outgoing",
    "PeerGone",
    "PeerLeft",
    "Progress",
    "Receipt",
    "Source",
    "SourceChanged",
    "TooBig",
    "TransferFailed",
    "UnsafeName",
    "Wire",
]

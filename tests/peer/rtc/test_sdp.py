from __future__ import annotations

import pytest

from peer.rtc.engine import EngineFailed
from peer.rtc.sdp import check_slots, fingerprint_of, in_step, max_message_of, without_other_fingerprints

FINGERPRINT = ":".join(f"{byte:02x}" for byte in range(32))
CALL = "m=video 9\r\nm=video 9\r\nm=audio 9\r\nm=audio 9\r\nm=application 9\r\n"


def test_the_fingerprint_is_upper_case_and_may_be_said_for_every_slot() -> None:
    line = f"a=fingerprint:sha-256 {FINGERPRINT}\r\n"
    assert fingerprint_of(f"v=0\r\n{line}m=audio 9\r\n{line}") == FINGERPRINT.upper()


def test_other_hashes_are_taken_out_of_what_we_say_and_refused_in_what_we_hear() -> None:
    line, other = f"a=fingerprint:sha-256 {FINGERPRINT}\r\n", "a=fingerprint:sha-512 00:11\r\n"
    assert without_other_fingerprints(f"v=0\r\n{other}{line}{other}") == f"v=0\r\n{line}"
    with pytest.raises(EngineFailed):
        fingerprint_of(line + other)


@pytest.mark.parametrize(
    "sdp",
    [
        "v=0\r\n",
        f"a=fingerprint:sha-1 {FINGERPRINT}\r\n",
        f"a=fingerprint:sha-256 {FINGERPRINT[:-3]}\r\n",
        f"a=fingerprint:sha-256 {FINGERPRINT}\r\na=fingerprint:sha-256 {FINGERPRINT[:-2]}00\r\n",
    ],
)
def test_none_or_two_fingerprints_are_refused(sdp: str) -> None:
    with pytest.raises(EngineFailed):
        fingerprint_of(sdp)


SAID = {"": 65536, "a=max-message-size:0\r\n": 262144, "a=max-message-size:1073741823\r\n": 262144}
SAID |= {"a=max-message-size:16384\r\n": 16384}


@pytest.mark.parametrize(("said", "size"), SAID.items())
def test_the_longest_message_is_what_both_take(said: str, size: int) -> None:
    assert max_message_of(f"v=0\r\n{said}") == size


def test_what_is_played_in_step_gets_one_stream() -> None:
    tracks = ("camera", "screen", "mic", "sound")
    one = "".join(f"a=msid:one {track}\r\n" for track in tracks)
    assert in_step(one) == one.replace("one screen", "one-screen screen").replace("one sound", "one-screen sound")
    assert in_step("m=application 9\r\n") == "m=application 9\r\n"


def test_an_offer_has_the_slots_of_a_call_or_the_data_slot_alone() -> None:
    check_slots(CALL)
    check_slots("m=application 9\r\n")
    for other in ("", CALL + CALL, "m=audio 9\r\nm=application 9\r\n", CALL.replace("video", "audio")):
        with pytest.raises(EngineFailed):
            check_slots(other)

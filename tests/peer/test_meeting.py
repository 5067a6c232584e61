from __future__ import annotations

import pytest

from peer.invite import Invite, new_link_invite, parse_invite
from peer.meeting import MAX_RUNS, Meeting, Mismatched, Opened, Outcome, Paired, Say
from peer.wire.codec import encode
from peer.wire.notes import Bye, Mismatch, Offer
from signaling.protocol.errors import Malformed

LINK = new_link_invite()
CODE, _ = parse_invite("7-otter-maple-drum")
WRONG, _ = parse_invite("7-otter-maple-zebra")
NEWCOMER, MEMBER = "n" * 11, "m" * 11


def two(ours: Invite, theirs: Invite) -> tuple[Meeting, Meeting]:
    """The newcomer, the member."""
    return Meeting(ours, NEWCOMER, MEMBER, newcomer=True), Meeting(theirs, MEMBER, NEWCOMER, newcomer=False)


def carry(newcomer: Meeting, member: Meeting) -> tuple[list[Outcome], list[Outcome]]:
    """Carries notes by hand until nobody has more to say; what else came of them, at the newcomer and the member."""
    came: tuple[list[Outcome], list[Outcome]] = ([], [])
    ends = (newcomer, member)
    said = [(1, outcome) for outcome in newcomer.start()]
    while said:
        to, outcome = said.pop(0)
        if isinstance(outcome, Say):
            said += [(1 - to, answer) for answer in ends[to].hear(outcome.body)]
        else:
            came[1 - to].append(outcome)
    return came


def paired() -> tuple[Meeting, Meeting]:
    newcomer, member = two(LINK, LINK)
    assert carry(newcomer, member) == ([Paired()], [Paired()])
    return newcomer, member


def test_two_who_know_the_secret_pair_and_speak_under_seal() -> None:
    newcomer, member = paired()
    assert newcomer.keys is not None
    assert member.keys is not None
    assert newcomer.keys.sas == member.keys.sas
    assert member.hear(newcomer.seal(Offer(epoch=1, sdp="v=0"))) == [Opened(Offer(epoch=1, sdp="v=0"))]
    assert newcomer.hear(member.seal(Bye())) == [Opened(Bye())]


def test_a_wrong_code_ends_the_meeting_for_both_after_one_guess() -> None:
    newcomer, member = two(WRONG, CODE)
    assert carry(newcomer, member) == ([Mismatched("told", final=True)], [Mismatched("secret", final=False)])


def test_on_a_link_a_newcomer_tries_three_times() -> None:
    stranger = new_link_invite()
    forged = Invite(secret=stranger.secret, room=LINK.room, code=None, token=stranger.token)
    at_newcomer, at_member = carry(*two(forged, LINK))
    assert at_newcomer == [Mismatched("told", final=number == MAX_RUNS) for number in range(1, MAX_RUNS + 1)]
    assert len(at_member) == MAX_RUNS


def test_a_run_that_was_spoilt_once_succeeds_the_second_time() -> None:
    newcomer, member = two(LINK, LINK)
    commit = newcomer.start()[0]
    assert isinstance(commit, Say)
    share = member.hear(commit.body)[0]
    assert isinstance(share, Say)
    newcomer.hear(share.body)
    sid = share.body.split('"sid":"')[1][:22]
    spoilt = newcomer.hear(encode(Mismatch(sid=sid)))
    assert spoilt[0] == Mismatched("told", final=False)
    again = spoilt[1]
    assert isinstance(again, Say)
    to_newcomer = member.hear(again.body)[0]
    assert isinstance(to_newcomer, Say)
    opened = newcomer.hear(to_newcomer.body)[0]
    assert isinstance(opened, Say)
    confirm, done = member.hear(opened.body)
    assert done == Paired()
    assert isinstance(confirm, Say)
    assert newcomer.hear(confirm.body) == [Paired()]


def test_nothing_plain_is_read_after_pairing() -> None:
    newcomer, member = paired()
    for body in (encode(Mismatch(sid="A" * 22)), '{"type":"bye"}', '{"type":"offer","epoch":1,"sdp":"v=0"}', ""):
        with pytest.raises(Malformed):
            member.hear(body)
    assert member.hear(newcomer.seal(Bye())) == [Opened(Bye())]


def test_nothing_but_pairing_is_read_before() -> None:
    newcomer, member = two(LINK, LINK)
    stranger, _ = paired()
    for end in (newcomer, member):
        with pytest.raises(Malformed):
            end.hear(stranger.seal(Bye()))
    with pytest.raises(RuntimeError):
        newcomer.seal(Bye())

from __future__ import annotations

import pytest

from peer.invite import Invite, new_link_invite, parse_invite
from peer.meeting import MAX_RUNS, Meeting, Mismatched, Opened, Outcome, Paired, Say
from peer.wire.codec import encode
from peer.wire.notes import Bye, Commit, Confirm, Mismatch, Offer
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


def test_a_newcomer_whose_confirm_was_changed_on_its_way_begins_anew() -> None:
    newcomer, member = two(LINK, LINK)
    opened = over(newcomer, over(member, newcomer.start()[0])[0])[0]
    confirm, done = over(member, opened)
    assert done == Paired()
    spoilt, again = newcomer.hear(encode(Confirm(sid=sid_of(confirm), tag="A" * 86)))
    assert spoilt == Mismatched("secret", final=False)
    confirm, done = over(member, over(newcomer, over(member, again)[0])[0])
    assert done == Paired()
    assert over(newcomer, confirm) == [Paired()]
    assert member.hear(newcomer.seal(Bye())) == [Opened(Bye())]


def test_a_replayed_or_invented_commit_does_not_undo_a_pairing() -> None:
    newcomer, member = two(LINK, LINK)
    (commit,) = newcomer.start()
    (opened,) = over(newcomer, over(member, commit)[0])
    confirm, _ = over(member, opened)
    over(newcomer, confirm)
    with pytest.raises(Malformed):
        over(member, commit)
    over(member, Meeting(LINK, NEWCOMER, MEMBER, newcomer=True).start()[0])
    assert member.hear(newcomer.seal(Bye())) == [Opened(Bye())]
    assert newcomer.hear(member.seal(Bye())) == [Opened(Bye())]


def test_a_code_allows_no_second_run() -> None:
    member = Meeting(CODE, MEMBER, NEWCOMER, newcomer=False)
    guesser = Meeting(WRONG, NEWCOMER, MEMBER, newcomer=True)
    over(member, over(guesser, over(member, guesser.start()[0])[0])[0])
    with pytest.raises(Malformed):
        over(member, Meeting(CODE, NEWCOMER, MEMBER, newcomer=True).start()[0])


def over(end: Meeting, said: Outcome) -> list[Outcome]:
    """Carries one note."""
    assert isinstance(said, Say)
    return end.hear(said.body)


def sid_of(said: Outcome) -> str:
    assert isinstance(said, Say)
    return said.body.split('"sid":"')[1][:22]


def test_nothing_plain_is_read_after_pairing() -> None:
    newcomer, member = paired()
    member.hear(newcomer.seal(Bye()))
    commit = encode(Commit(sid="A" * 22, h="A" * 43))
    for body in (
        commit,
        encode(Mismatch(sid="A" * 22)),
        '{"type":"bye"}',
        '{"type":"offer","epoch":1,"sdp":"v=0"}',
        "",
    ):
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

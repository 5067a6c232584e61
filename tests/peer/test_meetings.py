from __future__ import annotations

from peer.invite import Invite, new_link_invite, parse_invite
from peer.meeting import MAX_RUNS, Meeting, Outcome, Say
from peer.meetings import Meetings
from signaling.protocol.messages import PeerId

LINK = new_link_invite()
CODE, _ = parse_invite("7-otter-maple-drum")
ME = "n" * 11
MEMBERS = [letter * 11 for letter in "abcd"]


def among(invite: Invite) -> Meetings:
    """A newcomer to a room with four members."""
    meetings = Meetings()
    for member in MEMBERS:
        meetings.add(Meeting(invite, ME, member, newcomer=True))
    return meetings


def begun(meetings: Meetings) -> list[tuple[Meeting, Outcome]]:
    """All that are due now, and what each said first."""
    came = []
    while meeting := meetings.due():
        came.append((meeting, meeting.start()[0]))
    return came


def others(came: list[tuple[Meeting, Outcome]]) -> list[PeerId]:
    return [meeting.other for meeting, _ in came]


def open_up(newcomer: Meeting, said: Outcome) -> None:
    """The newcomer says its proof, and hears no answer."""
    assert isinstance(said, Say)
    member = Meeting(CODE, newcomer.other, ME, newcomer=False)
    (share,) = member.hear(said.body)
    assert isinstance(share, Say)
    (opened,) = newcomer.hear(share.body)
    assert isinstance(opened, Say)
    assert newcomer.exposed


def test_by_a_link_everybody_is_met_at_once() -> None:
    assert others(begun(among(LINK))) == MEMBERS


def test_by_a_code_one_is_met_after_the_other() -> None:
    meetings = among(CODE)
    assert others(begun(meetings)) == MEMBERS[:1]
    meetings.forget(MEMBERS[0])
    assert others(begun(meetings)) == MEMBERS[1:2]


def test_who_goes_away_with_our_proof_too_often_ends_it() -> None:
    meetings = among(CODE)
    for number, member in enumerate(MEMBERS[:MAX_RUNS], start=1):
        ((meeting, said),) = begun(meetings)
        open_up(meeting, said)
        assert not meetings.spent
        meetings.forget(member)
        assert meetings.spent is (number == MAX_RUNS)
    assert begun(meetings) == []


def test_a_wrong_proof_ends_every_other_pairing_that_is_under_way() -> None:
    meetings = Meetings()
    for newcomer in MEMBERS[:2]:
        meetings.add(Meeting(CODE, ME, newcomer, newcomer=False))
    meetings.spend()
    meetings.add(Meeting(CODE, ME, MEMBERS[2], newcomer=False))
    assert [meetings.get(member) for member in MEMBERS] == [None] * 4

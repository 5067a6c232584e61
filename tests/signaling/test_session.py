from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signaling.core import facts
from signaling.core.events import (
    Append,
    Attach,
    Close,
    Detached,
    Effect,
    Erred,
    Forget,
    GiveBack,
    Numbered,
    Received,
    ReserveNumber,
    Resuming,
    Seated,
    Send,
    TellIce,
    Told,
    Unseated,
    Woken,
)
from signaling.core.outbox import Bounds
from signaling.core.session import Session, State, Timing
from signaling.protocol import messages
from signaling.protocol.codec import decode_notice
from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import Command, Hello, Notice, Pong, Refused, Resume, Resumed, Welcome

ME, OTHER, THIRD = "A" * 11, "B" * 11, "C" * 11
ROOM = "r" * 22
TOKENS = [letter * 43 for letter in "tuvw"]


def new(bounds: Bounds | None = None) -> Session:
    return Session("s" * 22, ME, bounds or Bounds(), Timing(hello=5.0, grace=20.0, heartbeat=8.0), now=0.0)


def joined(bounds: Bounds | None = None, *, creator: bool = True) -> Session:
    session = new(bounds)
    session.step(Received(Hello(v=1, room=ROOM, cseq=1)), 1.0)
    session.step(Seated((), 8, creator, (), TOKENS[0]), 1.0)
    return session


def said(effects: list[Effect]) -> list[Notice]:
    return [decode_notice(effect.text) for effect in effects if isinstance(effect, Send)]


def done(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Send)]


def refusal(effects: list[Effect]) -> RefusalCode:
    (notice,) = said(effects)
    assert isinstance(notice, Refused)
    return notice.code


def resuming(after: int, token: str = TOKENS[0], fresh: str = TOKENS[1]) -> Resuming:
    return Resuming(token, after, fresh)


def test_hello_asks_for_a_seat_and_the_log_gives_it() -> None:
    session = new()
    effects = session.step(Received(Hello(v=1, room=ROOM, limit=3)), 1.0)
    assert effects == [Append(facts.Arrived(ME, 3, opens=True))]
    members = (messages.Member(OTHER, absent=True),)
    (welcome,) = said(session.step(Seated(members, 3, True, (), TOKENS[0]), 1.0))
    assert isinstance(welcome, Welcome)
    assert (welcome.seq, welcome.session, welcome.peer) == (1, session.id, ME)
    assert (welcome.members, welcome.limit, welcome.creator, welcome.heartbeat) == ([*members], 3, True, 8.0)
    assert session.deadline is None


def test_only_the_reserver_of_a_number_may_open_its_room() -> None:
    session = new()
    assert session.step(Received(Hello(v=1, room="n7")), 0.0) == [Append(facts.Arrived(ME, 8, opens=False))]
    session = new()
    assert session.step(Received(messages.Reserve()), 0.0) == [ReserveNumber(None)]
    assert said(session.step(Numbered("n7"), 0.0)) == [messages.Reserved(room="n7")]
    assert session.step(Received(Hello(v=1, room="n7")), 0.0) == [Append(facts.Arrived(ME, 8, opens=True))]


def test_a_number_that_is_not_used_is_given_back() -> None:
    session = new()
    session.step(Numbered("n7"), 0.0)
    assert session.step(Received(messages.Reserve("n8")), 0.0) == [GiveBack("n7"), ReserveNumber("n8")]
    assert refusal(session.step(Numbered(None), 0.0)) is RefusalCode.NUMBER_TAKEN
    session.step(Numbered("n9"), 0.0)
    assert session.step(Received(Hello(v=1, room=ROOM)), 0.0)[0] == GiveBack("n9")
    session = new()
    session.step(Numbered("n7"), 0.0)
    assert session.step(Detached("lost"), 0.0) == [GiveBack("n7"), Forget()]
    assert session.step(Numbered("n8"), 0.0) == [GiveBack("n8")], "the answer came too late"


def test_of_two_numbers_asked_for_at_once_the_later_stays() -> None:
    session = new()
    for _ in range(2):
        assert session.step(Received(messages.Reserve()), 0.0) == [ReserveNumber(None)]
    session.step(Numbered("n7"), 0.0)
    assert session.step(Numbered("n8"), 0.0)[0] == GiveBack("n7")
    assert session.reserved == "n8"


def test_silence_before_hello_is_refused() -> None:
    session = new()
    assert session.deadline == 5.0
    effects = session.step(Woken(), 5.0)
    assert refusal(effects) is RefusalCode.HELLO_TIMEOUT
    assert done(effects) == [Close(CloseCode.HELLO_TIMEOUT), Forget()]
    assert session.deadline is None


def test_a_log_that_does_not_answer_is_a_backplane_that_is_down() -> None:
    session = new()
    session.step(Received(Hello(v=1, room=ROOM)), 1.0)
    assert session.deadline == 6.0
    effects = session.step(Woken(), 6.0)
    assert refusal(effects) is RefusalCode.BACKPLANE_DOWN
    assert done(effects) == [
        Close(CloseCode.BACKPLANE_DOWN),
        Append(facts.Departed(ME, "backplane_down")),
    ]


def test_a_refused_seat_closes_the_socket() -> None:
    session = new()
    session.step(Received(Hello(v=1, room=ROOM)), 1.0)
    effects = session.step(Unseated(RefusalCode.ROOM_FULL), 1.0)
    assert refusal(effects) is RefusalCode.ROOM_FULL
    assert done(effects) == [Close(CloseCode.ROOM_FULL)]
    assert session.state is State.GONE


def test_commands_become_facts() -> None:
    session = joined()

    def step(command: Command) -> list[Effect]:
        return session.step(Received(command), 2.0)

    assert step(messages.Relay("*", "x")) == [Append(facts.Relayed(ME, None, "x"))]
    assert step(messages.Relay(OTHER, "x")) == [Append(facts.Relayed(ME, (OTHER,), "x"))]
    assert step(messages.Relay([OTHER, THIRD], "x")) == [Append(facts.Relayed(ME, (OTHER, THIRD), "x"))]
    assert step(messages.Ice()) == [TellIce()]
    assert step(messages.CloseRoom("over")) == [Append(facts.Closed(ME, "over"))]
    assert said(step(messages.Ping())) == [Pong(seq=2)]
    assert step(messages.Leave()) == [Close(CloseCode.DONE), Append(facts.Departed(ME, "left"))]
    assert step(messages.Ping()) == []


def test_what_is_not_legal_now_is_refused_and_changes_nothing() -> None:
    session = new()
    assert refusal(session.step(Received(messages.Relay("*", "x")), 0.0)) is RefusalCode.NOT_JOINED
    session = joined(creator=False)
    assert refusal(session.step(Received(messages.CloseRoom()), 0.0)) is RefusalCode.NOT_CREATOR
    assert refusal(session.step(Received(Hello(v=1, room=ROOM)), 0.0)) is RefusalCode.ALREADY_JOINED
    assert session.state is State.JOINED


def test_a_command_said_twice_counts_once() -> None:
    session = joined()
    relay = messages.Relay("*", "x", cseq=2)
    assert session.step(Received(relay), 2.0) == [Append(facts.Relayed(ME, None, "x"))]
    assert session.step(Received(relay), 2.0) == []


def test_a_lost_socket_makes_absent_and_then_departed() -> None:
    session = joined()
    assert session.step(Detached("silent"), 10.0) == [Append(facts.Absent(ME, "silent"))]
    assert session.deadline == 30.0
    assert session.step(Told(Pong()), 11.0) == []
    assert session.step(Woken(), 30.0) == [Append(facts.Departed(ME, "grace"))]
    assert session.step(resuming(1), 31.0) == []


def test_a_socket_lost_while_joining_leaves_no_seat_behind() -> None:
    session = new()
    session.step(Received(Hello(v=1, room=ROOM)), 1.0)
    assert session.step(Detached("lost"), 1.0) == [Append(facts.Departed(ME, "lost"))]
    assert session.step(Seated((), 8, True, (), TOKENS[0]), 1.0) == []


def test_resuming_replays_what_was_missed_and_says_what_was_heard() -> None:
    session = joined()
    session.step(Received(messages.Relay("*", "x", cseq=2)), 2.0)
    session.step(Detached("lost"), 3.0)
    session.step(Told(messages.Arrived(OTHER)), 4.0)
    effects = session.step(resuming(after=1), 5.0)
    assert effects[0] == Attach()
    assert said(effects) == [
        Resumed(recovered=True, after=2, resume_token=TOKENS[1]),
        messages.Arrived(OTHER, seq=2),
    ]
    assert effects[-1] == Append(facts.Returned(ME))
    assert session.deadline is None


def test_a_newer_socket_fences_the_older_one_and_nobody_notices() -> None:
    session = joined()
    effects = session.step(resuming(after=1), 5.0)
    assert [type(effect) for effect in effects] == [Send, Close, Attach, Send]
    assert effects[1] == Close(CloseCode.FENCED)
    fenced, resumed = said(effects)
    assert isinstance(fenced, Refused)
    assert fenced.code is RefusalCode.FENCED
    assert isinstance(resumed, Resumed)


def test_a_token_is_good_for_one_resume() -> None:
    session = joined()
    assert session.step(resuming(1, token=TOKENS[3]), 5.0) == []
    assert session.step(resuming(1), 5.0)
    assert session.step(resuming(1), 6.0) == []
    assert session.step(resuming(1, token=TOKENS[1], fresh=TOKENS[2]), 6.0)


def test_frames_that_are_gone_end_the_session() -> None:
    session = joined()
    session.step(Received(messages.Ack(1)), 2.0)
    session.step(Detached("lost"), 3.0)
    assert session.step(resuming(after=0), 5.0) == [Append(facts.Departed(ME, "not recovered"))]
    assert session.state is State.GONE


def test_after_a_failed_resume_commands_count_anew() -> None:
    session = new()
    session.step(Received(Hello(v=1, room=ROOM, cseq=90, resume=Resume("s" * 22, TOKENS[0], 5))), 1.0)
    session.step(Seated((), 8, False, (), TOKENS[0]), 1.0)
    assert session.step(Received(messages.Ice(cseq=1)), 1.0) == [TellIce()]


def test_a_slow_client_is_closed_and_can_resume() -> None:
    session = joined(Bounds(frames=3))
    for _ in range(2):
        assert said(session.step(Told(Pong()), 2.0))
    effects = session.step(Told(Pong()), 2.0)
    assert refusal(effects) is RefusalCode.SLOW
    assert done(effects) == [Close(CloseCode.SLOW), Append(facts.Absent(ME, "slow"))]
    session.step(Told(Pong()), 2.0)
    resumed, *missed = said(session.step(resuming(after=2), 3.0))
    assert isinstance(resumed, Resumed)
    assert [notice.seq for notice in missed] == [3, 4, 5]


def test_malformed_frames_end_the_session_and_too_many_only_the_socket() -> None:
    session = joined()
    effects = session.step(Erred(RefusalCode.MALFORMED, "not JSON"), 2.0)
    assert done(effects) == [Close(CloseCode.MALFORMED), Append(facts.Departed(ME, "malformed"))]
    session = joined()
    effects = session.step(Erred(RefusalCode.RATE, "too fast", 30.0), 2.0)
    assert done(effects) == [Close(CloseCode.RATE), Append(facts.Absent(ME, "rate"))]


def test_a_closed_room_ends_the_session() -> None:
    session = joined()
    assert said(session.step(Told(messages.RoomClosed("over")), 2.0)) == [messages.RoomClosed("over", seq=2)]
    assert session.step(Unseated(None), 2.0) == [Close(CloseCode.DONE)]


@given(st.lists(st.one_of(st.just("tell"), st.just("ack"), st.integers(0, 9)), max_size=60))
def test_every_frame_arrives_exactly_once_over_any_number_of_broken_sockets(steps: list[str | int]) -> None:
    """A number breaks the socket after so many frames of what is under way; tokens alternate."""
    session, heard, under_way, turn = joined(), [1], list[int](), 0

    def receive(effects: list[Effect]) -> None:
        under_way.extend(notice.seq for notice in said(effects) if notice.seq)

    for step in [*steps, 9, 99]:
        match step:
            case "tell":
                receive(session.step(Told(Pong()), 2.0))
            case "ack":
                session.step(Received(messages.Ack(heard[-1])), 2.0)
            case int():
                heard += under_way[:step]
                under_way.clear()
                session.step(Detached("lost"), 2.0)
                receive(session.step(resuming(heard[-1], TOKENS[turn % 2], TOKENS[(turn + 1) % 2]), 2.0))
                turn += 1
    assert heard + under_way == list(range(1, session.outbox.last + 1))

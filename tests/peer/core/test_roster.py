from __future__ import annotations

from peer.core.roster import MAX_PERSONS, MAX_SESSIONS, REUNION_S, Bind, Forget, Gone, Meet, Part, Roster


def met(*instances: str) -> Roster:
    """A roster with a linked person for each instance; peer ids are the instances in lower case."""
    roster = Roster()
    for instance in instances:
        peer = instance.lower()
        roster.arrived(peer)
        assert roster.recognised(peer, instance) == [Bind(peer, instance, known=False)]
        roster.linked(instance)
    return roster


def test_who_was_here_before_is_met_as_newcomer_and_who_comes_later_as_member() -> None:
    roster = Roster()
    assert roster.welcomed(["a", "b"], 0) == [Meet("a", newcomer=True), Meet("b", newcomer=True)]
    assert roster.arrived("c") == [Meet("c", newcomer=False)]
    assert roster.arrived("c") == []


def test_sessions_beyond_what_any_room_seats_are_not_met() -> None:
    roster = Roster()
    invented = [f"peer {number}" for number in range(MAX_SESSIONS + 1)]
    assert len(roster.welcomed(invented, 0)) == MAX_SESSIONS
    assert roster.arrived("one more") == []


def test_a_departed_stranger_is_forgotten() -> None:
    roster = Roster()
    roster.arrived("a")
    assert roster.departed("a", 0) == [Forget("a")]
    assert roster.departed("a", 0) == []
    assert roster.recognised("a", "A") == []


def test_a_running_link_outlives_the_session_and_is_found_again() -> None:
    roster = met("A")
    assert roster.welcomed(["a2"], 5) == [Forget("a"), Part("A"), Meet("a2", newcomer=True)]
    assert roster.deadline is None
    assert roster.recognised("a2", "A") == [Bind("a2", "A", known=True)]
    assert roster.links == 1


def test_who_lost_both_is_waited_for_and_then_gone() -> None:
    roster = met("A")
    roster.departed("a", 5)
    roster.unlinked("A", 9)
    assert roster.deadline == 9 + REUNION_S
    assert roster.expire(9 + REUNION_S - 1) == []
    assert roster.expire(9 + REUNION_S) == [Gone("A")]
    assert roster.deadline is None


def test_a_link_lost_while_the_session_lives_waits_for_nothing() -> None:
    roster = met("A")
    roster.unlinked("A", 5)
    assert roster.deadline is None


def test_who_leaves_on_purpose_before_any_link_is_gone_at_once() -> None:
    roster = Roster()
    roster.arrived("a")
    roster.recognised("a", "A")
    assert roster.departed("a", 5, left=True) == [Forget("a"), Gone("A")]
    assert roster.expire(1000) == []


def test_who_leaves_the_server_alone_may_be_a_page_that_is_loaded_again_whatever_is_heard_first() -> None:
    roster = met("A")
    assert roster.departed("a", 5, left=True) == [Forget("a"), Part("A")]
    roster.unlinked("A", 6)
    assert roster.deadline == 6 + REUNION_S
    roster = met("A")
    roster.unlinked("A", 4)
    assert roster.departed("a", 5, left=True) == [Forget("a"), Part("A")]
    assert roster.expire(5 + REUNION_S) == [Gone("A")]


def test_coming_back_in_time_ends_the_wait() -> None:
    roster = met("A")
    roster.departed("a", 5)
    roster.unlinked("A", 6)
    roster.arrived("a2")
    assert roster.recognised("a2", "A") == [Bind("a2", "A", known=True)]
    assert roster.expire(1000) == []


def test_nobody_takes_the_place_of_somebody_whose_session_lives() -> None:
    roster = met("A")
    roster.arrived("thief")
    assert roster.recognised("thief", "A") == [Forget("thief")]
    roster.absent("a")
    roster.returned("a")
    roster.arrived("thief2")
    assert roster.recognised("thief2", "A") == [Forget("thief2")]


def test_a_second_session_takes_over_from_one_whose_socket_is_lost() -> None:
    roster = met("A")
    roster.absent("a")
    roster.arrived("a2")
    assert roster.recognised("a2", "A") == [Forget("a"), Part("A"), Bind("a2", "A", known=True)]
    assert roster.departed("a", 9) == [Forget("a")]
    assert roster.persons["A"].peer == "a2"


def test_a_session_says_once_who_it_is() -> None:
    roster = met("A")
    assert roster.recognised("a", "B") == []


def test_who_says_goodbye_is_gone_with_its_session() -> None:
    roster = met("A", "B")
    assert roster.left("A") == [Forget("a"), Gone("A")]
    assert roster.left("A") == []
    assert roster.departed("a", 1) == [Forget("a")]
    assert roster.links == 1


def test_a_crowd_is_refused() -> None:
    roster = met(*(f"P{number}" for number in range(MAX_PERSONS)))
    roster.arrived("more")
    assert roster.recognised("more", "MORE") == [Forget("more")]

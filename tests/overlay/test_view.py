"""What is known of a board: up to when, what of it is our own doing, and what our own calls leave open."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from cliq_pins.engine.orders import TooManyOrdersError, outcomes
from cliq_pins.engine.own_calls import MOST_LANDED, NOTHING, Overlap, OwnCall, Views, next_moment
from cliq_pins.engine.turn import Turn
from cliq_pins.engine.view import EPOCH, MOST_PENDING, View, wire
from cliq_pins.errors import Context, ServerError
from cliq_pins.layout import (
    DEFAULT,
    Change,
    ChatOrdered,
    Created,
    Creating,
    Filled,
    Layout,
    Ordered,
    Pinned,
    Touched,
    Unpinned,
)

A, B, C = "11", "12", "13"
START = Layout((A, B), {DEFAULT: (), A: ("1",), B: ("2",)})
ORDER_A, CHATS_A, CHATS_B = ("order", A), ("chats", A), ("chats", B)


def view(layout: Layout = START, point: float = 100.0, revision: int = 0, end: float = 0.0) -> View:
    return View(layout, point, "user", revision, with_chats=True, turn=Turn(), end=end)


def own(change: Change, outcome: Any) -> OwnCall:
    call = OwnCall(change)
    if outcome is not None:
        call.end(outcome)
    return call


def did(known: View, change: Change) -> None:
    known.tell(own(change, "applied"))


def found(known: View, change: Change, was: Change | None = None) -> None:
    """A call of unknown outcome is found to have been carried out."""
    views = Views()
    views.adopt(known)
    views.did(change, was)


def with_chats(**chats: tuple[str, ...]) -> Layout:
    return Layout(START.order, {**START.chats, **{{"a": A, "b": B}[name]: had for name, had in chats.items()}})


def test_a_write_is_known_up_to_the_end_of_its_second_as_far_as_it_was_guarded() -> None:
    known = view()
    did(known, Ordered(A, None))
    known.wrote(A, used=100.0, end=107.0, heard=0)
    assert (known.point(ORDER_A), known.point(CHATS_A), known.point(CHATS_B)) == (107.0, 107.0, 100.0)
    assert (known.has_written(ORDER_A), known.has_written(CHATS_A), known.has_written(CHATS_B)) == (True, True, False)
    did(known, Ordered(A, None))
    known.wrote(A, used=107.0, end=103.0, heard=0)
    assert known.point(ORDER_A) == 107.0, "it never goes back"
    assert known.caught_up(view(with_chats(a=("1", "9")), 150.0), CHATS_A) is False
    assert (known.point(ORDER_A), known.point(CHATS_A)) == (107.0, 107.0)
    assert known.caught_up(view(with_chats(b=("2", "9")), 150.0), CHATS_A) is True
    assert (known.point(ORDER_A), known.point(CHATS_A)) == (107.0, 150.0), "somebody else was at work: one facet alone"
    did(known, Filled(A, ("1",)))
    known.wrote(A, used=150.0, end=160.0, heard=0)
    assert (known.point(ORDER_A), known.point(CHATS_A)) == (107.0, 160.0), "the order was guarded up to 107 only"


def test_a_sync_point_is_never_shown_or_sent_later_than_it_is() -> None:
    assert view(point=100.0007).read_at == EPOCH + timedelta(seconds=100)
    assert wire(100.0007) == "1970-01-01T00:01:40.000Z"


def test_a_reading_that_our_own_calls_explain_is_taken_over_whole() -> None:
    known = view()
    did(known, Filled(A, ("3",)))
    known.wrote(A, used=100.0, end=107.0, heard=0)
    read_at = known.read_at
    known.caught_up(view(with_chats(a=("3",)), 150.0, revision=4), CHATS_A)
    assert [known.point(one) for one in (ORDER_A, CHATS_A, CHATS_B)] == [150.0] * 3
    assert not known.has_written(CHATS_A)
    assert known.revision == 4
    assert known.current(CHATS_A) == with_chats(a=("3",))
    assert known.read_at == read_at


def test_a_reading_that_somebody_elses_calls_explain_is_taken_over_in_part() -> None:
    known = view()
    did(known, Filled(A, ("3",)))
    known.wrote(A, used=100.0, end=107.0, heard=0)
    known.caught_up(view(with_chats(a=("3",), b=("2", "7")), 150.0, revision=4), CHATS_A)
    assert [known.point(one) for one in (ORDER_A, CHATS_A, CHATS_B)] == [107.0, 150.0, 100.0]
    assert (known.has_written(ORDER_A), known.has_written(CHATS_A)) == (True, False)
    assert known.revision == 0


@pytest.mark.parametrize(
    ("change", "fresh", "explained"),
    [
        (Filled(A, ("3",)), with_chats(a=("3",)), True),
        (Filled(A, ("3",)), START, False),
        (Filled(A, ("3",)), with_chats(a=("3",), b=()), False),
        (Ordered(A, None), Layout((B, A), START.chats), True),
        (Ordered(A, None), START, False),
        (Pinned(B, "1"), with_chats(b=("2", "1")), True),
        (Pinned(B, "1"), with_chats(a=(), b=("2", "1")), True),
        (Pinned(B, "1"), with_chats(a=(), b=("2",)), False),
        (Unpinned(()), Layout((A, B), {**START.chats, DEFAULT: None}), True),
        (Unpinned(()), Layout((A, B), {A: ("1",), B: ("2",)}), False),
        (Unpinned(()), Layout((A, B), {**START.chats, C: ()}), False),
    ],
)
def test_what_our_own_calls_explain(change: Change, fresh: Layout, explained: bool) -> None:
    known = view()
    did(known, change)
    assert known.explains(view(fresh)) is explained


def test_chats_that_no_reading_shows_are_known_no_longer_than_before() -> None:
    hidden = Layout((A, B), {**START.chats, A: None})
    for point, then in ((100.0, 100.0), (200.0, 150.0)):  # one that was wrong is known to be no later
        known = view(hidden, point)
        known.caught_up(view(hidden, 150.0), CHATS_B)
        assert [known.point(one) for one in (CHATS_A, CHATS_B, ORDER_A)] == [then, 150.0, 150.0]
    foreign = Layout((A, B), {**hidden.chats, B: ("7",)})
    assert not view(hidden).explains(view(foreign), CHATS_A), "somebody was at work, and may have been here, too"


def test_chats_that_no_reading_shows_are_known_up_to_the_reading_that_a_call_of_ours_may_have_made_stale() -> None:
    hidden = Layout((A, B), {**START.chats, A: None})
    known, known_to = view(hidden, end=101.0), []
    for number, during in enumerate([False, False, False, True, False, False]):
        if number == 1:
            did(known, Pinned(A, "9"))
        fresh = view(hidden, point=150.0 + 10 * number, end=151.0 + 10 * number)
        if during:
            did(fresh, Pinned(A, "8"))
        known.caught_up(fresh, CHATS_B)
        known_to.append(known.point(CHATS_A))
    assert known_to == [101.0, 160.0, 161.0, 161.0, 190.0, 191.0]


def test_a_write_of_chats_that_no_reading_shows_is_known_up_to_the_end_of_its_second_whatever_is_read_in_it() -> None:
    hidden = Layout((A, B), {**START.chats, A: None})
    known = view(hidden)
    known.wrote(A, 100.0, 142.0, heard=0)
    for point, then in ((141.3, 141.3), (142.1, 142.0)):
        known.caught_up(view(hidden, point=point, end=142.0), CHATS_B)
        assert known.point(CHATS_A) == then
    known.wrote(A, 142.0, 200.0, heard=0)
    for point in (150.0, 160.0):  # the clock was wrong when that was written
        known.caught_up(view(hidden, point=point, end=151.0), CHATS_B)
    assert known.point(CHATS_A) == 151.0


def test_a_folder_that_may_have_been_made_explains_a_new_one_in_its_turn_or_late() -> None:
    def shown(*new: str, chats: tuple[str, ...] = ("9",)) -> View:
        return view(Layout((A, B, *new), {**START.chats, **{one: chats if one == C else () for one in new}}))

    known = view()
    known.tell(own(Creating(("9",)), "unknown"))
    assert known.current(CHATS_B) is None
    assert known.explains(shown())
    assert known.explains(shown(C))
    assert not known.explains(shown(C, chats=("8",))), "somebody else made that"
    assert not known.explains(shown(C, "99")), "of two it made one"
    did(known, Created("14", ()))
    for new in (("14",), (C, "14"), ("14", C)):
        assert known.explains(shown(*new))
    fresh = shown(C, "14")
    known.caught_up(fresh, CHATS_B)
    assert known.current(CHATS_B) == fresh._found


def test_of_several_folders_that_may_have_been_made_each_is_one_of_the_new_in_any_order() -> None:
    known = view()
    for chats in ((), ("9",), ()):
        known.tell(own(Creating(chats), "unknown"))
    new: dict[str, tuple[str, ...]] = {C: (), "14": ("9",), "15": ()}
    for order in ((A, B, C, "14", "15"), ("15", "14", C, A, B), (A, B, "14"), ("14", A, B), (A, B, C, "15")):
        assert known.explains(view(Layout(order, {**START.chats, **{one: new[one] for one in order if one in new}})))
    twice = {C: ("9",), "14": ("9",)}
    assert not known.explains(view(Layout((A, B, *twice), {**START.chats, **twice}))), "there was one such call"


def test_of_several_folders_that_may_have_been_made_one_is_known_once_it_is_found() -> None:
    known = view()
    for _ in range(2):
        known.tell(own(Creating(()), "unknown"))
    found(known, Created(C, ()), Creating(()))
    assert len(known._lost) == 1
    known.tell(own(Created("14", ()), "applied"))
    assert len(known._lost) == 1, "that was another call"
    found(known, Created("15", ()), Creating(()))
    assert known._lost == []


def test_what_a_call_of_ours_did_after_the_reading_does_not_show_in_it() -> None:
    known, fresh, foreign = view(), view(point=150.0), view(with_chats(a=("9",)), point=150.0)
    did(known, Pinned(A, "9"))
    assert known.explains(fresh)
    assert not known.explains(foreign, CHATS_A)
    assert not known.explains(view(point=150.0), CHATS_A), "which was begun later"


def crossed(*changes: Change) -> list[OwnCall]:
    """Calls that all began before the first one ended."""
    calls = [OwnCall(one) for one in changes]
    for one in calls:
        one.crossed = True
    return calls


def in_turn(*changes: Change) -> list[OwnCall]:
    """Calls of which each began after the one before had ended."""
    return [own(one, "applied") for one in changes]


def ended(known: View, *calls: OwnCall) -> None:
    for one in calls:
        one.end("applied")
        known.tell(one)


def test_calls_of_ours_that_crossed_were_carried_out_in_any_order_but_before_what_began_after_them() -> None:
    for order in permutations(range(3)):
        known = view()
        calls = crossed(Filled(A, ("8", "9")), Unpinned(("9",)), Pinned(A, "5"))
        ended(known, *(calls[one] for one in order))
        did(known, Pinned(A, "7"))
        for chats, explained in ((("8", "9", "5", "7"), True), (("8", "7"), True), (("7", "8"), False)):
            assert known.explains(view(with_chats(a=chats))) is explained
        assert known.current(CHATS_A) is None
        assert known.current(CHATS_B) is not None
        known.caught_up(view(with_chats(a=("8", "7")), 150.0), CHATS_A)
        assert known.current(CHATS_A) == with_chats(a=("8", "7"))


def test_of_calls_that_crossed_others_some_followed_each_other() -> None:
    known = view()
    first, long = crossed(Pinned(A, "5"), Pinned(A, "6"))
    ended(known, first)
    then = OwnCall(Pinned(A, "7"))
    then.crossed = True
    ended(known, then, long)
    for chats, explained in (("567", True), ("657", True), ("576", True), ("756", False), ("765", False)):
        assert known.explains(view(with_chats(a=("1", *chats)))) is explained


def test_a_call_that_is_on_its_way_may_have_been_carried_out_before_those_that_it_crosses() -> None:
    known = view()
    unpin, fill = crossed(Unpinned(("9",)), Filled(A, ("9",)))
    ended(known, fill)
    known.tell(unpin)
    assert known.heard == 1
    for chats in (("9",), ()):
        assert known.explains(overlapping(with_chats(a=chats), unpin))


def disturbed(layout: Layout, *calls: OwnCall) -> View:
    """A reading that overlaps calls of ours, which are over soon after it."""
    known = overlapping(layout, *calls)
    ended(known, *calls)
    return known


PIN, FILL, UNPIN, LAST = Pinned(A, "9"), Filled(A, ("9", "1")), Unpinned(("2",)), Ordered(A, None)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (PIN, START, with_chats(a=("1", "9"))),
        (FILL, START, with_chats(a=("9", "1"))),
        (UNPIN, START, with_chats(b=())),
        (LAST, START, Layout((B, A), START.chats)),
        (Created(C, ("5",)), START, Layout((A, B, C), {**START.chats, C: ("5",)})),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_a_reading_showed_too_early_is_there_later_or_somebody_else_undid_it(
    change: Change, before: Layout, after: Layout
) -> None:
    for shown in (before, after):
        assert disturbed(shown, OwnCall(change)).explains(view(after))
        assert not disturbed(shown, OwnCall(change)).explains(view(before))


def test_what_a_reading_shows_of_several_calls_may_be_there_by_any_order() -> None:
    make, last, lost = OwnCall(Created(C, ())), OwnCall(LAST), OwnCall(Creating(()))
    made_last = Layout((B, A, C), {**START.chats, C: ()})
    assert disturbed(made_last, make, last).explains(view(made_last))
    down, pin = OwnCall(ChatOrdered(A, "1", None)), OwnCall(PIN)
    assert disturbed(with_chats(a=("1", "9")), down, pin).explains(view(with_chats(a=("1", "9"))))
    known = overlapping(made_last, lost, last)
    ended(known, last)
    lost.end("unknown")
    known.tell(lost)
    assert known.explains(view(made_last))


def test_what_a_reading_shows_of_calls_that_followed_each_other_is_all_that_was_done_before_one_that_it_shows() -> None:
    """Once more the first of these moves would not make of the board what it is."""
    chats = {**START.chats, C: ()}
    for order, after, explained in (("BAC", "BAC", True), ("ACB", "BAC", True), ("ABC", "ABC", False)):
        shown, later = (tuple({"A": A, "B": B, "C": C}[one] for one in row) for row in (order, after))
        moves = in_turn(Ordered(C, B), Ordered(B, A))
        known = overlapping(Layout(shown, chats), *moves)
        for one in moves:
            known.tell(one)
        assert known.explains(view(Layout(later, chats))) is explained


def test_what_a_reading_shows_may_have_been_done_before_what_was_over_when_it_began() -> None:
    there, fill, pin = with_chats(a=("9", "5")), OwnCall(Filled(A, ("9",))), OwnCall(Pinned(A, "5"))
    pin.end("applied")
    for before, explained in (((pin,), True), ((), False)):
        known = overlapping(there, fill, before=before)
        ended(known, fill)
        assert known.explains(view(there)) is explained


def test_what_a_reading_that_is_taken_over_may_show_stays_open() -> None:
    there, fill, pin = with_chats(a=("9", "5")), *crossed(Filled(A, ("9",)), Pinned(A, "5"))
    known = view()
    ended(known, pin)
    fresh = overlapping(there, fill, before=(pin,))
    ended(known, fill)
    fresh.tell(fill)
    assert known.caught_up(fresh, CHATS_A) is True
    assert known.explains(view(there))
    assert known.current(CHATS_A) is None, "the reading may show the filling, or not"


def test_calls_that_a_reading_overlaps_were_carried_out_in_turn_where_they_followed_each_other() -> None:
    known, pins = view(), in_turn(Pinned(A, "7"), Pinned(A, "8"))
    for chats, explained in (("", True), ("7", True), ("8", True), ("78", True), ("87", False)):
        assert known.explains(overlapping(with_chats(a=("1", *chats)), *pins)) is explained


def test_a_call_that_ends_while_a_later_one_is_on_its_way_may_have_been_carried_out_after_that() -> None:
    for chats in ((), ("9",)):
        views, known = Views(), view()
        views.adopt(known)
        with ExitStack() as later:
            with views.calling(Filled(A, ("9",))):
                later.enter_context(views.calling(Unpinned(("9",))))
            assert known.current(CHATS_B) is not None
        assert known.explains(view(with_chats(a=chats)))


def test_a_reading_is_told_what_crossed_the_calls_that_it_overlaps() -> None:
    views = Views()
    with views.calling(Pinned(A, "1")) as long:
        assert views.begin_reading() == Overlap({long: None}, ())
        with views.calling(Pinned(A, "2")) as short:
            pass
        with views.calling(Pinned(A, "3")) as last:
            assert views.begin_reading() == Overlap({long: None, last: None}, (short,))
    assert views.begin_reading() == NOTHING
    with views.calling(Pinned(A, "4")):
        for number in range(MOST_LANDED + 1):
            views.did(Pinned(A, f"{number}"))
        assert len(views.begin_reading().before) == MOST_LANDED
        with suppress(ServerError), views.calling(Pinned(A, "5")) as lost:
            raise ServerError("lost", Context(outcome="unknown"))
        assert views.begin_reading().before[-1] is lost


def test_what_is_planned_is_planned_on_no_guess_of_what_a_reading_shows() -> None:
    """It may show what somebody else made of it since."""
    assert disturbed(START, OwnCall(PIN)).current(CHATS_A) is None
    assert disturbed(START, OwnCall(PIN)).current(CHATS_B) is not None
    there = with_chats(a=("1", "9"))
    assert disturbed(there, OwnCall(PIN)).current(CHATS_A) == there, "once more makes no difference"


@pytest.mark.parametrize("elsewhere", [("2",), ("7",)], ids=["whole", "facet"])
def test_what_only_a_call_on_its_way_explains_is_not_taken_over(elsewhere: tuple[str, ...]) -> None:
    known, pin = view(), OwnCall(PIN)
    fresh = overlapping(with_chats(a=("1", "9"), b=elsewhere), pin)
    assert known.explains(fresh, CHATS_A)
    assert known.caught_up(fresh, CHATS_A) is None
    assert known.point(CHATS_A) == 100.0
    pin.end("not_applied")
    assert known.caught_up(fresh, CHATS_A) is False, "so that was somebody else"
    assert known.caught_up(overlapping(START, OwnCall(PIN)), CHATS_A) is True


def test_a_call_that_was_found_may_have_been_done_at_any_time_since() -> None:
    known = view()
    known.tell(own(Pinned(A, "7"), "unknown"))
    did(known, Pinned(A, "6"))
    found(known, Pinned(A, "7"))
    for chats, explained in (("67", True), ("76", True), ("6", False)):
        assert known.explains(view(with_chats(a=("1", *chats)))) is explained


def test_a_call_that_succeeds_tells_nothing_of_one_like_it_that_was_lost() -> None:
    known = view()
    known.tell(own(Pinned(A, "7"), "unknown"))
    did(known, Pinned(A, "6"))
    did(known, Pinned(A, "7"))
    for chats, explained in (("67", True), ("76", True), ("6", False)):
        assert known.explains(view(with_chats(a=("1", *chats)))) is explained


def test_a_create_that_is_found_twice_is_one() -> None:
    known = view()
    for _ in range(2):
        known.tell(own(Creating(()), "unknown"))
    for _ in range(2):
        found(known, Created(C, ()), Creating(()))
    for new in ((C,), (C, "14")):
        assert known.explains(view(Layout((A, B, *new), {**START.chats, **dict.fromkeys(new, ())})))


def test_of_many_pins_that_were_lost_those_that_show_were_done() -> None:
    known = view()
    for number in range(20):
        known.tell(own(Pinned(A, f"{number}0"), "unknown"))
    assert known.explains(view(with_chats(a=("1", "190", "30", "110"))))


@pytest.mark.parametrize("lost", [MOST_PENDING, MOST_PENDING + 1])
def test_after_so_many_calls_of_unknown_outcome_nothing_is_known(lost: int) -> None:
    known = view()
    for number in range(lost):
        known.tell(own(Pinned(A, f"{number}0"), "unknown"))
    assert known.explains(view()) is (lost == MOST_PENDING)
    assert len(known._calls) == MOST_PENDING
    assert known.current(CHATS_B) is None
    did(known, Touched())
    did(known, Filled(A, ("1",)))
    assert known.explains(view()) is (lost == MOST_PENDING), "nor ever again"


def test_many_chats_that_were_pinned_at_once_stand_in_any_order() -> None:
    known, chats = view(), [f"{number}" for number in range(100, 150)]
    ended(known, *crossed(*(Pinned(A, one) for one in chats)))
    stand = tuple(sorted(chats, key=lambda one: one[::-1]))
    assert known.explains(view(with_chats(a=("1", *stand))))
    assert not known.explains(view(with_chats(a=("1", *stand, "9"))))
    assert known.current(CHATS_A) is None


def test_more_orders_than_can_be_tried_leave_it_open() -> None:
    known, folders = view(), [f"{number}" for number in range(100, 130)]
    ended(known, *crossed(*(Created(one, ()) for one in folders)))
    assert known.current(CHATS_A) is None
    with pytest.raises(TooManyOrdersError):
        list(outcomes((START,), known._calls, frozenset(known._calls)))
    there = dict.fromkeys(folders, ())
    fresh = Layout((A, B, *folders), {**START.chats, **there, B: ("2", "9")})
    assert known.explains(view(fresh), CHATS_A), "what was seen until then explains it"
    assert not known.explains(view(fresh), CHATS_B)


def test_of_many_calls_that_crossed_the_order_is_forgotten() -> None:
    known = view()
    for number in range(100):
        ended(known, *crossed(Filled(B, (f"{number}",))))
    assert len(known._calls) <= MOST_PENDING
    current = known.current(CHATS_B)
    assert current is not None
    assert current.chats[B] == ("99",)


def test_what_moves_nothing_is_not_waited_for() -> None:
    views = Views()
    with views.calling(Touched()) as touch, views.calling(PIN) as pin:
        assert len(views.landings([touch, pin])) == 1
        assert views.landings([touch]) == []
    assert views.landings([pin]) == [], "it is over"


def test_a_call_begins_when_the_boards_that_are_read_are_told_of_it() -> None:
    views, began = Views(), list[float]()

    def call() -> None:
        with views.calling(PIN) as one:
            began.append(one.began)

    other = threading.Thread(target=call)
    with views._lock:
        other.start()
        other.join(0.05)
        moment = next_moment()
    other.join()
    assert began > [moment]


def test_a_call_that_could_not_be_told_of_was_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    views, known = Views(), view()
    views.adopt(known)
    monkeypatch.setattr(views, "_begin", interrupted)
    with pytest.raises(KeyboardInterrupt), views.calling(PIN):
        pass
    assert (known.heard, known.current(CHATS_A)) == (0, START)


def test_in_a_forked_child_nothing_of_its_parents_is_on_its_way() -> None:
    views = Views()
    with views.calling(PIN) as parents:
        parents_reading = views.begin_reading()
        views.did(UNPIN)
        views.after_fork()
        assert views.begin_reading() == NOTHING
        assert views.landings([parents]) == []
        assert len(parents_reading.calls) == 2
        views.did(LAST)
        assert len(parents_reading.calls) == 2
    views.end_reading(parents_reading, None)


def test_no_call_of_ours_ends_while_a_board_is_explained() -> None:
    views, known = Views(), view()

    def explains(*_: object) -> bool:
        ending.start()
        ending.join(0.05)
        return ending.is_alive()

    ending = threading.Thread(target=lambda: views.did(Pinned(A, "9")))
    known.explains = explains  # type: ignore[method-assign]
    assert views.explain(known, view(), CHATS_A)
    ending.join()


def test_what_moves_nothing_leaves_nothing_open_but_a_write_may_be_refused_for_it() -> None:
    hidden = Layout((A, B), {**START.chats, A: None})
    for outcome in ("applied", "unknown"):
        known = view(hidden, end=101.0)
        known.tell(own(Touched(), outcome))
        assert known.current(CHATS_B) == hidden
        known.caught_up(view(hidden, point=150.0), CHATS_B)
        assert known.point(CHATS_A) == 150.0


def test_what_is_open_of_a_reading_that_is_taken_over_stays_open() -> None:
    known, fresh = view(), view(point=150.0)
    fresh.tell(own(Filled(A, ("9",)), "unknown"))
    known.caught_up(fresh, CHATS_A)
    known.tell(own(Filled(B, ("8",)), "unknown"))
    assert known.current(CHATS_A) is None
    assert known.explains(view(with_chats(a=("9",), b=("8",))))
    assert not fresh.explains(view(with_chats(b=("8",)))), "that is no call that it was told of"


def test_what_was_never_known_explains_itself() -> None:
    known = view(Layout((A,), {DEFAULT: None, A: ("1",)}))
    assert known.explains(view(Layout((A,), {DEFAULT: ("8",), A: ("1",)})))
    assert not known.explains(view(Layout((A,), {DEFAULT: ("8",), A: ("1", "2")})))
    assert not known.explains(view(Layout((A,), {DEFAULT: ("8",), A: ("1", "2")})), ("chats", DEFAULT))


@pytest.mark.parametrize(
    ("facet", "explained"), [(ORDER_A, False), (("order", B), False), (CHATS_A, True), (CHATS_B, False)]
)
def test_one_facet_may_be_explained_where_the_whole_is_not(facet: tuple[str, str], explained: bool) -> None:
    known = view()
    fresh = Layout((B, A), {DEFAULT: (), A: ("1",), B: ("2", "3")})
    assert known.explains(view(fresh), facet) is explained  # type: ignore[arg-type]  # one of both kinds


@pytest.mark.parametrize(
    "fresh",
    [
        Layout((A, B, C), {**START.chats, C: ()}),
        Layout((C, A, B), {**START.chats, C: ()}),
        Layout((A,), {DEFAULT: (), A: ("1",)}),
    ],
    ids=["made last", "made first", "deleted"],
)
def test_a_folder_that_somebody_else_made_or_deleted_changes_the_order_and_no_chats(fresh: Layout) -> None:
    known = view()
    assert not known.explains(view(fresh))
    assert not known.explains(view(fresh), ORDER_A)
    assert known.explains(view(fresh), CHATS_A)
    did(known, Ordered(A, None))
    assert not known.explains(view(fresh), ORDER_A), "nor after a change of our own"


def test_the_order_may_be_explained_where_the_chats_are_not() -> None:
    assert view().explains(view(with_chats(b=("2", "3"))), ORDER_A)
    assert not view().explains(view(with_chats(b=("2", "3"))), CHATS_B)


def test_what_only_some_readings_explain_is_somebody_elses_where_that_was_at_work() -> None:
    known = view()
    did(known, Pinned(B, "1"))
    did(known, Created(C, ()))
    foreign = Layout((A, B, C), {**START.chats, A: (), B: ("2", "1", "7"), C: ()})
    assert not known.explains(view(foreign), CHATS_A), "the chat left its first folder under some readings only"
    assert not known.explains(view(foreign), ORDER_A), "the new folder comes last under some readings only"
    assert known.explains(view(foreign), ("chats", C))


def overlapping(layout: Layout, *calls: OwnCall, before: tuple[OwnCall, ...] = ()) -> View:
    for one in calls:
        one.crossed = True
    return View(layout, 100.0, "user", 0, Overlap(dict.fromkeys(calls), before), with_chats=True, turn=Turn())


@pytest.mark.parametrize(
    ("outcome", "knows", "shows", "explained"),
    [
        ("applied", True, True, True),
        ("applied", True, False, True),
        (None, False, True, True),
        (None, False, False, True),
        ("unknown", False, True, True),
        ("unknown", False, False, True),
        ("not_applied", False, False, True),
        ("not_applied", False, True, False),
    ],
)
def test_a_reading_shows_or_not_what_was_done_meanwhile(
    outcome: Any, knows: bool, shows: bool, explained: bool
) -> None:
    known, call = view(), own(Filled(A, ("9",)), outcome)
    fresh = overlapping(with_chats(a=("9",)) if shows else START, call)
    if knows:
        known.tell(call)
    assert known.explains(fresh) is explained
    assert known.explains(fresh, CHATS_A) is explained


def test_a_call_whose_outcome_is_unknown_may_show_until_it_is_known() -> None:
    known, change = view(), Filled(A, ("9",))
    known.tell(own(change, "unknown"))
    did(known, Pinned(B, "7"))
    assert known.explains(view(with_chats(a=("9",), b=("2", "7"))))
    assert known.explains(view(with_chats(b=("2", "7"))))
    found(known, change)
    did(known, Filled(A, ("1",)))
    assert known.explains(view(with_chats(b=("2", "7"))))
    assert not known.explains(view(with_chats(a=("9",), b=("2", "7")))), "it is known to be over"


@pytest.mark.parametrize("first", [True, False], ids=["in its turn", "late"])
def test_a_call_whose_outcome_is_unknown_may_have_been_done_in_its_turn_or_late(first: bool) -> None:
    known = view()
    known.tell(own(Unpinned(("2",)), "unknown"))
    did(known, Pinned(B, "7"))
    did(known, Pinned(B, "2"))
    then = ("7", "2") if first else ("7",)
    assert known.explains(view(with_chats(b=then)))
    assert known.explains(view(with_chats(b=then)), CHATS_B)
    assert known.explains(view(with_chats(b=("2", "7"))))
    assert not known.explains(view(with_chats(b=())))


@pytest.mark.parametrize("neutral", [MOST_PENDING - 3, MOST_PENDING - 2])
def test_a_call_whose_outcome_is_unknown_keeps_its_turn_for_so_many_calls(neutral: int) -> None:
    known = view()
    known.tell(own(Unpinned(("2",)), "unknown"))
    for change in (Pinned(B, "7"), *[Filled(A, ("1",))] * neutral, Pinned(B, "2")):
        did(known, change)
    assert known.explains(view(with_chats(b=("7", "2")))) is (neutral + 3 <= MOST_PENDING)
    assert known.explains(view(with_chats(b=("7",))))


def test_of_several_calls_any_may_have_been_done_in_their_turn() -> None:
    known = view()
    for change in (Unpinned(("2",)), *(Pinned(A, f"x{number}") for number in range(5))):
        known.tell(own(change, "unknown"))
    did(known, Pinned(B, "7"))
    did(known, Pinned(B, "2"))
    assert known.explains(view(with_chats(b=("7", "2"))))
    assert known.explains(view(with_chats(a=("1", "x0"), b=("7", "2"))))
    assert known.explains(view(with_chats(a=("1", "x4"), b=("7", "2"))))
    assert not known.explains(view(with_chats(a=("1", "x5"), b=("7", "2"))))


def test_of_many_calls_those_that_are_unknown_are_taken_for_the_last() -> None:
    known = view()
    known.tell(own(Filled(A, ("9",)), "unknown"))
    for number in range(100):
        did(known, Filled(B, (f"{number}",)))
    assert len(known._calls) <= 65
    for a in (("1",), ("9",)):
        assert known.explains(view(with_chats(a=a, b=("99",))))
    assert not known.explains(view(with_chats(b=("98",))))


def test_a_reading_that_is_taken_over_ends_what_was_unknown() -> None:
    known, change = view(), Filled(A, ("9",))
    known.tell(own(change, "unknown"))
    known.caught_up(view(START, 150.0), CHATS_A)
    assert not known.explains(view(with_chats(a=("9",))))


def test_what_our_own_calls_left_open_is_not_known() -> None:
    known = view()
    did(known, Pinned(B, "1"))
    assert known.current(CHATS_A) is None
    for facet in (CHATS_B, ORDER_A):
        current = known.current(facet)
        assert current is not None
        assert (current.order, current.chats[B]) == ((A, B), ("2", "1"))
    did(known, Created(C, ()))
    assert known.current(ORDER_A) is None
    assert known.current(CHATS_B) is not None

"""Custody (交接): seals, an unbroken chain of hands, and drivers with a valid test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.coldchain import Rule
from schemas.consignment import CustodyHanded, LabResult
from streams.core.coldchain.checks import Check, Scope, broken, scope_of, short
from streams.core.coldchain.settings import Rules
from streams.core.coldchain.state import DriverTests
from streams.core.coldchain.story import Story
from streams.core.instants import MINUTE, to_us


def seal_mismatch(story: Story, _: Rules) -> Iterator[Check]:
    """Both ends of a handover found the same seal number, where both looked."""
    for handover in story.handovers:
        given, found = handover.seal_given, handover.seal_found
        if given is not None and found is not None and given != found:
            at = to_us(handover.taken_at)
            yield broken(Rule.SEAL_MISMATCH, handover.event_id, _scope(story, handover), at, given=given, found=found)


def custody_gap(story: Story, rules: Rules) -> Iterator[Check]:
    """Whoever gives a lot is who took it last, and no handover takes too long, or ends before it begins."""
    for handover in story.handovers:
        way = to_us(handover.taken_at) - to_us(handover.given_at)
        if way > rules.custody_gap:
            words = (f"交接用时 {way // MINUTE} 分钟", f"the handover took {way // MINUTE} minutes")
        elif way < -rules.clock_skew:
            words = ("接收时间早于交出时间", "the lots were taken before they were given")
        else:
            continue
        yield _gap(story, handover, story.concerned(handover.lot_ids, handover.quantities), words)
    yield from _other_hands(story)


def _other_hands(story: Story) -> Iterator[Check]:
    """Handovers whose giver is not the one who took the lots last, by who that was."""
    others: dict[str, dict[str, list[str]]] = {}
    for lot_id in sorted(story.lots):
        last: str | None = None
        for handover in _in_order(story.handovers):
            if lot_id in story.concerned(handover.lot_ids, handover.quantities) and story.is_there(
                lot_id, to_us(handover.given_at)
            ):
                if last is not None and last != handover.from_party:
                    others.setdefault(handover.event_id, {}).setdefault(last, []).append(lot_id)
                last = handover.to_party
    for handover in story.handovers:
        for holder, lots in others.get(handover.event_id, {}).items():
            giver = handover.from_party
            words = (f"上一接收方为 {holder}，交出方为 {giver}", f"{holder} took the lots last, {giver} gave them")
            yield _gap(story, handover, lots, words)


def _in_order(handovers: Iterable[CustodyHanded]) -> list[CustodyHanded]:
    return sorted(handovers, key=lambda one: (to_us(one.given_at), to_us(one.taken_at), one.event_id))


def _gap(story: Story, handover: CustodyHanded, lots: Iterable[str], words: tuple[str, str]) -> Check:
    zh, en = words
    at = to_us(handover.given_at)
    scope = scope_of(story, lots, at, whole=_whole(handover))
    return broken(Rule.CUSTODY_GAP, f"{handover.event_id} {short(en)}", scope, at, detail_zh=zh, detail_en=en)


def driver_untested(story: Story, rules: Rules, tests: Callable[[str], DriverTests]) -> Iterator[Check]:
    """Who drives has, when the goods are given, a negative test that is recent enough, and no newer positive one."""
    for handover in story.handovers:
        if handover.driver_id is not None:
            given = to_us(handover.given_at)
            if not _is_tested(tests(handover.driver_id), given, rules.driver_test):
                words = {"driver": handover.driver_id, "hours": rules.driver_test_hours}
                yield broken(Rule.DRIVER_UNTESTED, handover.event_id, _scope(story, handover), given, **words)


def _is_tested(tests: DriverTests, at: int, longest: int) -> bool:
    """The newest conclusive sample taken up to then decides; of two of one moment a positive one."""
    conclusive = [
        (taken, result is LabResult.POSITIVE, result)
        for taken, result in tests.values()
        if taken <= at and result is not LabResult.INCONCLUSIVE
    ]
    if not conclusive:
        return False
    taken, is_positive, _ = max(conclusive)
    return not is_positive and at - taken <= longest


def _scope(story: Story, handover: CustodyHanded) -> Scope:
    lots = story.concerned(handover.lot_ids, handover.quantities)
    return scope_of(story, lots, to_us(handover.given_at), whole=_whole(handover))


def _whole(handover: CustodyHanded) -> bool:
    return not handover.lot_ids and not handover.quantities

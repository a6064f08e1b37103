"""Why one request got more than another: a sentence from what is recorded of both, and from nothing else.

Two needs for one item are set side by side in the record that made the greatest difference between them: how each stood
just before it, and the rules that gave the units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.request import NeedClass
from streams.story.codes import CODES
from streams.story.sentence import Sentence
from streams.story.shares import Given, Share, Stand

REASONS: Final[dict[str, Sentence]] = {
    "areas": Sentence(
        "两者分属 {more.area} 和 {less.area}，各用本区库存",
        "one is in {more.area} and the other in {less.area}, each with a stock of its own",
    ),
    "not_asked": Sentence(
        "{at} 分给 {more.request_id} 时，{less.request_id} 尚未提出",
        "{less.request_id} had not asked yet when {more.request_id} was given its units at {at}",
    ),
    "ended": Sentence("当时 {less.request_id} 已经结束", "{less.request_id} was closed by then"),
    "asked": Sentence("{less.request_id} 要的已经给足", "{less.request_id} had all that it asked for"),
    "class": Sentence(
        "{more.request_id} 的类别（{more_class}）排在 {less.request_id}（{less_class}）之前",
        "the class of {more.request_id} ({more_class}) comes before that of {less.request_id} ({less_class})",
    ),
    "overdue": Sentence(
        "{more.request_id} 当时已超时，排在未超时的 {less.request_id} 之前",
        "{more.request_id} was overdue and so came before {less.request_id}, which was not",
    ),
    "starved": Sentence(
        "{more.request_id} 久候而一无所得，先得一份",
        "{more.request_id} had waited so long with nothing that its first unit came before all others",
    ),
    "norm": Sentence(
        "{less.request_id} 的住户已到定量上限", "the household of {less.request_id} had all that its ration norm allows"
    ),
    "least": Sentence(
        "此前 {more.request_id} 人均所得较少，下一份总是给人均最少者",
        "{more.request_id} had less for each person before, and the next unit always goes to whoever has least",
    ),
    "people": Sentence(
        "同类按人均分配，{more.request_id} 按 {more_people} 人计，{less.request_id} 按 {less_people} 人计",
        "inside a class units go by people, and {more.request_id} is reckoned for {more_people}, "
        "{less.request_id} for {less_people}",
    ),
    "older": Sentence(
        "其余相同时先报者先得，{more.request_id} 首报于 {more_at}，{less.request_id} 首报于 {less_at}",
        "where all else is equal the first report goes first, and {more.request_id} was reported {more_at}, "
        "{less.request_id} {less_at}",
    ),
    "rule": Sentence(
        "{at} 按“{rule}”规则给 {more.request_id} 的较多", "rule {rule} gave {more.request_id} more at {at}"
    ),
}
"""What can make the difference, each in words."""
_RANK: Final = {need_class.value: rank for rank, need_class in enumerate(NeedClass)}
_LIFE: Final = NeedClass.LIFE_THREATENING.value
_IN_ORDER: Final = frozenset({"in_full", "from_reserve", "last_of_stock", "down_to_floor", "ration_norm"})
"""Rules that do not look at what others have."""


@dataclass(frozen=True, slots=True)
class Why:
    """Two shares of one item. `reason`: a key of REASONS; None where both got the same."""

    one: Share
    other: Share
    reason: str | None
    told: Sentence


def pairs(ones: Iterable[Share], others: Iterable[Share]) -> list[tuple[Share, Share]]:
    """Shares of the same item, of the same area where there are such."""
    known = list(others)
    found: list[tuple[Share, Share]] = []
    for one in ones:
        alike = [other for other in known if other.item == one.item]
        found += [(one, other) for other in alike if other.area == one.area] or [(one, other) for other in alike]
    return found


def why(one: Share, other: Share, zone: dt.tzinfo) -> Why:
    """The whole sentence; times in `zone`."""
    more, less = (one, other) if one.now.got >= other.now.got else (other, one)
    reason, words = None, Sentence("", "")
    if more.now.got != less.now.got:
        reason, words = _because(more, less, zone)
    got = _headline(one, other)
    tails = [_standing(share, zone) for share in (one, other)]
    same = one.requester_id == other.requester_id and one.area == other.area
    zh = [got.zh + (f"，因为{words.zh}" if reason else ""), *(tail.zh for tail in tails)]
    en = [got.en + (f", because {words.en}" if reason else ""), *(tail.en for tail in tails)]
    if same:
        zh.append(f"两者同属 {one.requester_id}，共用一份定量")
        en.append(f"both are of {one.requester_id}, which has one ration for both")
    return Why(one, other, reason, Sentence("；".join(zh) + "。", "; ".join(en) + "."))


def _headline(one: Share, other: Share) -> Sentence:
    return Sentence(
        f"{one.item}：{one.request_id} 要 {one.now.asked} 份得 {one.now.got} 份，"
        f"{other.request_id} 要 {other.now.asked} 份得 {other.now.got} 份",
        f"Of {one.item}, {one.request_id} got {one.now.got} of {one.now.asked} and {other.request_id} "
        f"{other.now.got} of {other.now.asked}",
    )


def _because(more: Share, less: Share, zone: dt.tzinfo) -> tuple[str, Sentence]:
    """The reason, and it in words."""
    given = _decisive(more, less)
    before, its = more.before(given.place[0]), less.before(given.place[0])
    assert before is not None, "what was given was asked for"
    reason = "areas" if more.area != less.area else _reason(given, more, before, less, its)
    fields = {
        "more": more,
        "less": less,
        "more_people": before.people,
        "less_people": its.people if its else 0,
        "at": _at(given.at, zone),
        "more_at": _at(more.reported_at, zone),
        "less_at": _at(less.reported_at, zone),
    }
    classes = {"more_class": before.need_class, "less_class": its.need_class if its else "", "rule": given.rule}
    template = REASONS[reason]
    zh = template.zh.format_map({**fields, **{name: CODES.get(code, code) for name, code in classes.items()}})
    en = template.en.format_map({**fields, **{name: code.replace("_", " ") for name, code in classes.items()}})
    return reason, Sentence(zh, en)


def _decisive(more: Share, less: Share) -> Given:
    """What the record gave that put the one furthest ahead; the newest of several."""
    same = more.partition == less.partition
    return max(
        (one for one in more.given if one.kept),
        key=lambda one: (
            more.kept_of(one.place[0]) - (less.kept_of(one.place[0]) if same else 0),
            one.place,
        ),
    )


def _reason(given: Given, more: Share, before: Stand, less: Share, its: Stand | None) -> str:
    """What made the difference in that record, in the order in which the rules look at it."""
    offset = given.place[0]
    if less.now.got >= less.now.asked:
        return "asked"
    if its is None:
        return "not_asked"
    if its.ended:
        return "ended"
    if its.lacking <= less.kept_of(offset):
        return "asked"
    if given.rule == "starved_first":
        return "starved"
    if _turn(before) < _turn(its):
        return "class" if _RANK[before.need_class] < _RANK[its.need_class] else "overdue"
    until = [one for one in less.given if one.place[0] <= offset]
    if until and until[-1].limit == "norm":
        return "norm"
    return _inside_a_class(given, more, before, less, its)


def _inside_a_class(given: Given, more: Share, before: Stand, less: Share, its: Stand) -> str:
    """Both have the same turn: fair shares look at what each has for each person, then at age; strict order at age."""
    if given.rule not in _IN_ORDER and _turn(before) == _turn(its):
        if before.got * its.people < its.got * before.people:
            return "least"
        if before.people > its.people:
            return "people"
    if (more.reported_at, more.need_id) < (less.reported_at, less.need_id):
        return "older"
    return "rule"


def _turn(stand: Stand) -> int:
    """As `need_key` of the policies: life-threatening, overdue, class."""
    rank = _RANK[stand.need_class]
    return rank if stand.overdue or stand.need_class == _LIFE else rank + len(_RANK)


def _standing(share: Share, zone: dt.tzinfo) -> Sentence:
    """Class, people, fill, age, rule, and what it would have needed for more."""
    now, each, full = share.now, share.now.got / share.now.people, f"{share.fill:.0%}"
    late = ("，已超时", ", overdue") if now.overdue else ("", "")
    people = f"{now.people} {'person' if now.people == 1 else 'people'}"
    zh = f"{share.request_id}：{CODES.get(now.need_class, now.need_class)}{late[0]}，{now.people} 人，人均 {each:.2f}，"
    en = f"{share.request_id}: class {now.need_class.replace('_', ' ')}{late[1]}, {people}, {each:.2f} each, "
    rule = why_so_much(share)
    reported = _at(share.reported_at, zone)
    return Sentence(
        f"{zh}满足 {full}，首报 {reported}，{rule.zh}", f"{en}{full} filled, reported {reported}, {rule.en}"
    )


def why_so_much(share: Share) -> Sentence:
    """The rule behind the newest units, what kept it from more, and what it would have needed for more."""
    last = share.last
    if last is None:
        return Sentence("尚未分到", "nothing was given to it yet")
    rule, limit = CODES.get(last.rule, last.rule), CODES.get(last.limit, last.limit)
    zh = f"规则：{rule}，{limit}"
    en = f"rule {last.rule.replace('_', ' ')}, limit {last.limit.replace('_', ' ')}"
    if last.more:
        zh += f"，当时至少再来 {last.more} 份才会多得一份"
        en += f", at least {last.more} more had to come for another unit"
    elif last.limit == "norm":
        zh += "，多来库存也不会多得"
        en += ", more stock would have changed nothing"
    return Sentence(zh, en)


def _at(at: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

"""Consignments of the day (冷链批次): their papers, their way from the port to the areas, and what goes wrong.

What lies in store when the day begins came yesterday; what is on the way (VOYAGES) comes this morning. Everything is
reported as it happens, so this begins before the day does.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deploy.simulation.goods import Good
from deploy.simulation.opening import received
from deploy.simulation.post import Post, moment, post
from deploy.simulation.world import District, Lot, short
from schemas.consignment import (
    CertificateIssued,
    CertificateType,
    ConsignmentDeclared,
    CustodyHanded,
    DeclaredLot,
    LabReported,
    LabResult,
    LotQuantity,
    LotsDisinfected,
    LotsTransformed,
    Step,
    StepReported,
)
from schemas.driver import DriverTested
from schemas.inspection import FindingMended, FindingReported
from schemas.topics import COLDCHAIN, DRIVERS, INSPECTIONS, STOCK

MOST_LOTS: Final = 200
"""One declaration names so many; of a very large district the other lots carry the consignment's name only."""
PORT, SUPERVISED, COLD_STORE = "port-jiangcheng", "supervised-warehouse-yangshan", "cold-store-beihu"
LABORATORY: Final = "cdc-lab-jiangcheng"
CARRIER: Final = "carrier-shunda"
MARKET: Final = "market-dongmen"
DRIVER_COUNT: Final = 4
_C = CertificateType
Hour = Callable[[float], dt.datetime]


@dataclass(frozen=True, slots=True)
class Voyage:
    """A consignment that comes in a refrigerated truck, from area to area; hours of the day.

    `share`: of the day's expected demand. `cooling_fails`, `paper_comes`: when, if that is what goes wrong.
    """

    item: str
    number: int
    share: float
    first_stop: float
    last_stop: float
    cooling_fails: float | None = None
    paper_comes: float | None = None

    @property
    def consignment_id(self) -> str:
        """Its name."""
        return f"consignment-{self.item}-{self.number}"


VOYAGES: Final = (
    Voyage("frozen_shrimp", 1, 1.3, 6.05, 9.3, cooling_fails=7.51),
    Voyage("frozen_shrimp", 2, 0.6, 10.8, 12.2),
    Voyage("flu_vaccine", 1, 1.5, 7.0, 7.9, paper_comes=13.2),
)
"""One loses its cold on the way, when most ask; one replaces it; one comes without its trace code."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A consignment that comes in today and reaches no area: `bypasses`: brought past the supervised warehouse."""

    item: str
    number: int
    declared: float
    """Hour of the day."""
    bypasses: bool

    @property
    def consignment_id(self) -> str:
        """Its name."""
        return f"consignment-{self.item}-{self.number}"


ARRIVALS: Final = (Arrival("frozen_fish", 3, 8.2, bypasses=True), Arrival("frozen_beef", 3, 18.5, bypasses=False))
ARRIVING: Final = 4
"""Lots of an arrival."""
CUT: Final = "consignment-frozen_fish-4"
"""Packs that a workshop cuts from a lot of the arrival that bypasses: when that is stopped, so are they."""
CUT_HOUR: Final = 12.5
FINDINGS: Final = (("f1", 16.0, 14.5), ("f2", 17.0, 19.5), ("f3", 18.0, None))
"""Findings of the day's inspection of a market: deadline, and when it is mended (None: it is not)."""


def consignments(district: District) -> Iterator[Post]:
    """Everything that is reported of the day's consignments, but for temperatures; not in order."""
    yield from _driver_tests(district)
    for name, (good, lots) in in_store(district).items():
        yield from _stored_yesterday(district, name, good, lots)
    for voyage in VOYAGES:
        if lots := cargo(district, voyage):
            yield from _voyage(district, voyage, lots)
    for arrival in ARRIVALS:
        if lots := arriving(district, arrival):
            yield from _arrival(district, arrival, lots)
            if arrival.bypasses:
                yield from _cut(district, lots[0])
    yield from _inspection(district)


def expected(district: District) -> Counter[tuple[str, str]]:
    """Checks that fail because of what goes wrong on purpose: how many, by rule and consignment (or premises)."""
    found: Counter[tuple[str, str]] = Counter()
    for voyage in VOYAGES:
        lots = cargo(district, voyage)[:MOST_LOTS]
        if voyage.cooling_fails is not None and lots:
            found["temperature_breach", voyage.consignment_id] = 1
        if voyage.paper_comes is not None and lots:  # stored and issued: each stop asks for it twice
            found["certificate_missing", voyage.consignment_id] = 2 * len(lots)
    for arrival in ARRIVALS:
        if arrival.bypasses and arriving(district, arrival):  # of its papers, the exit certificate can't be there
            found["warehouse_bypassed", arrival.consignment_id] = 1
            found["certificate_missing", arrival.consignment_id] = 1
            found["held_elsewhere", CUT] = 2  # by the hold of either
    found["finding_overdue", MARKET] = sum(mended is None or mended > due for _, due, mended in FINDINGS)
    return found


def mended(district: District) -> Counter[tuple[str, str]]:
    """Those of the expected checks that end before the day does."""
    papers = {voyage.consignment_id for voyage in VOYAGES if voyage.paper_comes is not None}
    found = Counter({key: n for key, n in expected(district).items() if key[1] in papers})
    found["finding_overdue", MARKET] = sum(mended is not None and mended > due for _, due, mended in FINDINGS)
    return found


def warm(district: District) -> Voyage | None:
    """The consignment that breaks its chain on the way; None in a district where nobody wants what it brings."""
    return next((one for one in VOYAGES if one.cooling_fails is not None and cargo(district, one)), None)


def in_store(district: District) -> dict[str, tuple[Good, list[Lot]]]:
    """Consignments that lie in store when the day begins."""
    found: dict[str, tuple[Good, list[Lot]]] = {}
    for lot in district.lots:
        if lot.consignment is not None:
            found.setdefault(lot.consignment, (lot.good, []))[1].append(lot)
    return found


def cargo(district: District, voyage: Voyage) -> list[Lot]:
    """The lots of a truck by its stops: it comes twice to each area that needs any, with half each time."""
    good = next((good for good in district.goods if good.code == voyage.item), None)
    wanted = {area: units for (area, item), units in district.demand.items() if item == voyage.item}
    return [
        Lot(
            f"{voyage.consignment_id}-{short(area)}-{turn}",
            area,
            district.warehouses[area][0],
            good,
            max(1, round(wanted[area] * voyage.share / 2)),
            district.day + dt.timedelta(days=180),
            voyage.consignment_id,
        )
        for turn in (1, 2)
        for area in district.areas
        if good is not None and area in wanted
    ]


def arriving(district: District, arrival: Arrival) -> list[Lot]:
    """The lots of an arrival; which area they are for is not decided yet."""
    good = next((good for good in district.goods if good.code == arrival.item), None)
    area, expires = district.areas[0], district.day + dt.timedelta(days=240)
    return [
        Lot(f"{arrival.consignment_id}-{n + 1}", area, COLD_STORE, good, 120, expires, arrival.consignment_id)
        for n in range(ARRIVING)
        if good is not None
    ]


def stops(voyage: Voyage, lots: Sequence[Lot]) -> list[float]:
    """The hour at which each lot is unloaded, the first and the last stop among them."""
    step = (voyage.last_stop - voyage.first_stop) / (len(lots) - 1)
    return [voyage.first_stop + step * n for n in range(len(lots))]


@dataclass(slots=True)
class _Clerk:
    """Writes the reports of one consignment: each has a name, and is sent when it happens unless `sent` says later."""

    district: District
    consignment_id: str
    written: int = 0

    def hour(self, hours: float) -> dt.datetime:
        return moment(self.district.day, hours)

    def say(
        self, model: type[Any], kind: str, hours: float, source: str, sent: float | None = None, **fields: Any
    ) -> Post:
        self.written += 1
        at = self.hour(hours)
        message = model(
            kind=kind,
            event_id=f"{self.consignment_id}-{self.written:03d}",
            occurred_at=at,
            source=source,
            consignment_id=self.consignment_id,
            **fields,
        )
        return post(COLDCHAIN, message, at if sent is None else self.hour(sent))

    def declared(self, good: Good, lots: Sequence[Lot], hours: float) -> Post:
        source = "customs-jiangcheng" if good.imported else "dairy-nanshan"
        return self.say(
            ConsignmentDeclared, "consignment_declared", hours, source,
            profile=good.profile, imported=good.imported, origin="厄瓜多尔" if good.imported else "南山",
            importer="importer-haiyuan" if good.imported else None,
            lots=tuple(
                DeclaredLot(lot_id=lot.id, item=lot.good.code, quantity=lot.quantity, expires_on=lot.expires_on)
                for lot in lots[:MOST_LOTS]
            ),
        )  # fmt: skip

    def certificate(self, kind: CertificateType, hours: float, issuer: str, sent: float | None = None) -> Post:
        number = f"{kind.value}-{self.consignment_id}"
        start, end = self.hour(hours), self.hour(hours + 24 * 7)
        return self.say(
            CertificateIssued, "certificate_issued", hours, issuer, sent,
            certificate_id=number, type=kind, issuer=issuer, valid_from=start, valid_until=end,
        )  # fmt: skip

    def step(self, step: Step, hours: float, facility: str, *lots: Lot) -> Post:
        quantities = tuple(LotQuantity(lot_id=lot.id, quantity=lot.quantity) for lot in lots)
        return self.say(
            StepReported, "step_reported", hours, facility, step=step, facility=facility,
            lot_ids=tuple(lot.id for lot in lots), quantities=quantities,
            to_area=lots[0].area if step is Step.ISSUED else None,
        )  # fmt: skip

    def handover(self, hours: float, giver: str, taker: str, *lots: Lot, driver: str | None = None) -> Post:
        """Ten minutes from hand to hand, the seal unbroken."""
        seal = f"seal-{self.consignment_id}"
        return self.say(
            CustodyHanded, "custody_handed", hours + 1 / 6, taker, from_party=giver, to_party=taker,
            given_at=self.hour(hours), taken_at=self.hour(hours + 1 / 6), seal_given=seal, seal_found=seal,
            driver_id=driver, lot_ids=tuple(lot.id for lot in lots),
        )  # fmt: skip

    def cleared(self, good: Good, lots: Sequence[Lot], hours: float, driver: str) -> Iterator[Post]:
        """Declared, with its papers of the customs, cleared, and on a truck an hour and a half later."""
        yield self.declared(good, lots, hours)
        yield self.certificate(_C.CUSTOMS_DECLARATION, hours, "customs-jiangcheng")
        yield self.certificate(_C.QUARANTINE_INSPECTION, hours, "customs-jiangcheng")
        yield self.step(Step.CLEARED, hours + 1, PORT)
        yield self.handover(hours + 1.5, PORT, CARRIER, driver=driver)

    def warehoused(self, hours: float) -> Iterator[Post]:
        """From the truck into the supervised warehouse (集中监管仓)."""
        yield self.handover(hours, CARRIER, SUPERVISED)
        yield self.step(Step.WAREHOUSED, hours + 0.5, SUPERVISED)

    def tested(self, hours: float, sampled: float) -> Post:
        """The laboratory's result: nothing found."""
        return self.say(
            LabReported, "lab_reported", hours, LABORATORY, sample_id=f"sample-{self.consignment_id}",
            laboratory=LABORATORY, result=LabResult.NEGATIVE, sampled_at=self.hour(sampled),
        )  # fmt: skip

    def supervised(self, good: Good, lots: Sequence[Lot], driver: str) -> Iterator[Post]:
        """Yesterday, from the port into the supervised warehouse, tested and disinfected there."""
        yield from self.cleared(good, lots, -17, driver)
        yield from self.warehoused(-14.5)
        yield self.tested(-5, sampled=-13)
        batch = f"disinfection-{self.consignment_id}"
        yield self.say(
            LotsDisinfected, "lots_disinfected", -4, SUPERVISED, batch_id=batch, facility=SUPERVISED, agent="过氧乙酸"
        )
        yield self.certificate(_C.NUCLEIC_ACID_TEST, -5, LABORATORY)
        yield self.certificate(_C.DISINFECTION, -4, SUPERVISED)
        yield self.certificate(_C.EXIT, -3, SUPERVISED)


def _stored_yesterday(district: District, name: str, good: Good, lots: Sequence[Lot]) -> Iterator[Post]:
    clerk = _Clerk(district, name)
    if good.imported:
        yield from clerk.supervised(good, lots, driver_of(name))
        yield clerk.certificate(_C.TRACE_CODE, -3, SUPERVISED)
        yield clerk.step(Step.RELEASED, -2.5, SUPERVISED)
        giver = SUPERVISED
    else:
        yield clerk.declared(good, lots, -6)
        giver = "dairy-nanshan"
    yield clerk.handover(-2, giver, CARRIER, driver=driver_of(name))
    yield clerk.step(Step.TRANSPORTED, -1.5, f"truck-{name}")
    yield clerk.handover(0.5, CARRIER, COLD_STORE)
    yield clerk.step(Step.STORED, 1, COLD_STORE)
    for lot in lots[:MOST_LOTS]:
        yield clerk.step(Step.ISSUED, 4.5, COLD_STORE, lot)


def _voyage(district: District, voyage: Voyage, lots: Sequence[Lot]) -> Iterator[Post]:
    """Released at dawn, then from stop to stop: each lot is handed over, stored, and received into the area's stock."""
    clerk, leaves = _Clerk(district, voyage.consignment_id), voyage.first_stop - 0.75
    yield from clerk.supervised(lots[0].good, lots, driver_of(voyage.consignment_id))
    if voyage.paper_comes is None:
        yield clerk.certificate(_C.TRACE_CODE, -3, SUPERVISED)
    yield clerk.step(Step.RELEASED, leaves - 0.25, SUPERVISED)
    yield clerk.handover(leaves - 0.2, SUPERVISED, CARRIER, driver=driver_of(voyage.consignment_id))
    yield clerk.step(Step.TRANSPORTED, leaves, f"truck-{voyage.consignment_id}")
    for lot, hours in zip(lots, stops(voyage, lots), strict=True):
        if lot in lots[:MOST_LOTS]:
            yield clerk.handover(hours - 1 / 6, CARRIER, lot.warehouse, lot)
            yield clerk.step(Step.STORED, hours, lot.warehouse, lot)
            yield clerk.step(Step.ISSUED, hours, lot.warehouse, lot)
        yield post(STOCK, received(lot, district, hours))
    if voyage.paper_comes is not None:
        yield clerk.certificate(_C.TRACE_CODE, -3, SUPERVISED, sent=voyage.paper_comes)


def _arrival(district: District, arrival: Arrival, lots: Sequence[Lot]) -> Iterator[Post]:
    """Into the supervised warehouse, where it waits for its test; or past it, straight into a cold store."""
    clerk, hours = _Clerk(district, arrival.consignment_id), arrival.declared
    yield from clerk.cleared(lots[0].good, lots, hours, driver_of(arrival.consignment_id))
    if not arrival.bypasses:
        yield from clerk.warehoused(hours + 2.5)
        return
    yield clerk.tested(hours + 1.4, sampled=hours + 1.1)
    yield clerk.certificate(_C.NUCLEIC_ACID_TEST, hours + 1.4, LABORATORY)
    yield clerk.certificate(_C.DISINFECTION, hours + 1.4, PORT)
    yield clerk.certificate(_C.TRACE_CODE, hours + 1.4, PORT)
    yield clerk.step(Step.TRANSPORTED, hours + 1.75, f"truck-{arrival.consignment_id}")
    yield clerk.handover(hours + 2.5, CARRIER, COLD_STORE)
    yield clerk.step(Step.STORED, hours + 3, COLD_STORE)


def _cut(district: District, lot: Lot) -> Iterator[Post]:
    """A workshop's own consignment, made of another's lot."""
    clerk, packs = _Clerk(district, CUT), f"{CUT}-packs"
    made = DeclaredLot(lot_id=packs, item=lot.good.code, quantity=2 * lot.quantity, expires_on=lot.expires_on)
    yield clerk.say(
        ConsignmentDeclared, "consignment_declared", CUT_HOUR, COLD_STORE, profile=lot.good.profile, imported=False,
        origin="江城", importer=None, lots=(made,),
    )  # fmt: skip
    yield clerk.say(
        LotsTransformed, "lots_transformed", CUT_HOUR, COLD_STORE, facility=COLD_STORE,
        inputs=(LotQuantity(lot_id=lot.id, quantity=lot.quantity),), outputs=(made,),
    )  # fmt: skip


def driver_of(consignment_id: str) -> str:
    """Who drives a consignment (a pseudonym)."""
    return f"driver-{sum(consignment_id.encode()) % DRIVER_COUNT + 1:04d}"


def _driver_tests(district: District) -> Iterator[Post]:
    """Every driver was tested two days ago, and again today."""
    for n in range(1, DRIVER_COUNT + 1):
        for hours in (-30.0, 6.5):
            at = moment(district.day, hours)
            message = DriverTested(
                kind="driver_tested", event_id=f"test-driver-{n:04d}-{at:%d}", occurred_at=at,
                source="test-point-yangshan", driver_id=f"driver-{n:04d}", result=LabResult.NEGATIVE,
            )  # fmt: skip
            yield post(DRIVERS, message)


def _inspection(district: District) -> Iterator[Post]:
    """A market is inspected (督查): one finding is mended in time, one late (its lot is held meanwhile), one not."""
    beef = [lot.id for lot in district.lots if lot.good.code == "frozen_beef"]
    held: Iterable[tuple[str, ...]] = ((), tuple(beef[:1]), ())
    for (name, due, mended), lot_ids in zip(FINDINGS, held, strict=True):
        common = {"source": "inspection-beihu", "premises_id": MARKET, "finding_id": f"finding-{name}"}
        finding = FindingReported(
            kind="finding_reported", event_id=f"{name}-reported", occurred_at=moment(district.day, 9.5),
            text="冷柜温度记录缺失", deadline=moment(district.day, due), lot_ids=lot_ids, **common,
        )  # fmt: skip
        yield post(INSPECTIONS, finding)
        if mended is not None:
            at = moment(district.day, mended)
            yield post(
                INSPECTIONS,
                FindingMended(kind="finding_mended", event_id=f"{name}-mended", occurred_at=at, **common),
            )

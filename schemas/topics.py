"""Every topic, declared once: name, key, models, partitions, retention, its one writer, its readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from schemas.alert import AlertMessage
from schemas.consignment import ColdChainMessage
from schemas.delivery import DeliveryMessage
from schemas.driver import DriverMessage
from schemas.duty import DutyMessage
from schemas.hold import HoldMessage
from schemas.household import ContactRecorded, HouseholdMessage
from schemas.inspection import InspectionMessage
from schemas.ledger import LedgerRecord
from schemas.request import RequestMessage
from schemas.stock import StockMessage
from schemas.transfers import StandingTold, TransferMessage

PARTITIONS: Final = 4
"""Partitions of a stage's sources and of its ledger: equal, since partition n is decided from partition n of each.
The transfers stage has one: it weighs the whole city. Who reads its ledger reads it in partition 0 (`sources_at`)."""

FOREVER: Final = -1
DAYS: Final = 24 * 60 * 60 * 1000
MESSAGE_LIMIT: Final = 256 * 1024
"""A source message over this many bytes is rejected by its stage."""
TOPIC_LIMIT: Final = 24 * 1024 * 1024
"""What a broker takes: far above MESSAGE_LIMIT: an oversized message is put aside here, not lost at its publisher."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key`: the message field that keys it; `model`: what may be on it (None: bytes as they came)."""

    name: str
    title: str
    key: str
    model: Any
    writer: str
    readers: tuple[str, ...]
    partitions: int = PARTITIONS
    retention_ms: int = FOREVER
    config: tuple[tuple[str, str], ...] = ()

    @property
    def broker_config(self) -> dict[str, str]:
        """Topic settings for the broker."""
        return {
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(TOPIC_LIMIT),
            "cleanup.policy": "delete",
            **dict(self.config),
        }


HOUSEHOLDS: Final = Topic(
    "households.v1", "Households and institutions", "area", HouseholdMessage, "publishers", ("supply",)
)
CONTACTS: Final = Topic(
    "households.contacts.v1",
    "Personal data, by pseudonym",
    "household_id",
    ContactRecorded,
    "publishers",
    (),
    retention_ms=30 * DAYS,
)
REQUESTS: Final = Topic("supply.requests.v1", "Supply requests", "area", RequestMessage, "publishers", ("supply",))
STOCK: Final = Topic("stock.events.v1", "Stock events of warehouses", "area", StockMessage, "publishers", ("supply",))
DELIVERIES: Final = Topic(
    "deliveries.confirmations.v1", "Delivery confirmations", "area", DeliveryMessage, "publishers", ("supply",)
)
HOLDS: Final = Topic(
    "stock.holds.v1", "Holds by people, on every partition", "", HoldMessage, "publishers", ("supply", "coldchain")
)
COLDCHAIN: Final = Topic(
    "coldchain.records.v1", "Cold-chain records", "consignment_id", ColdChainMessage, "publishers", ("coldchain",)
)
INSPECTIONS: Final = Topic(
    "coldchain.inspections.v1",
    "Inspections of premises",
    "premises_id",
    InspectionMessage,
    "publishers",
    ("coldchain",),
)
DRIVERS: Final = Topic(
    "coldchain.drivers.v1", "Drivers' tests, on every partition", "", DriverMessage, "publishers", ("coldchain",)
)
COLDCHAIN_HOLDS: Final = Topic(
    "coldchain.holds.v1",
    "Holds by the cold chain, on every partition",
    "",
    HoldMessage,
    "relay",
    ("supply", "coldchain"),
)
SUPPLY_LEDGER: Final = Topic(
    "supply.ledger.v1",
    "Ledger of the supply stage",
    "",
    LedgerRecord,
    "supply",
    ("relay", "alerts", "sink", "verify", "trace"),
)
COLDCHAIN_LEDGER: Final = Topic(
    "coldchain.ledger.v1",
    "Ledger of the cold-chain stage",
    "",
    LedgerRecord,
    "coldchain",
    ("relay", "alerts", "sink", "verify", "trace"),
)
ALERT_MESSAGES: Final = Topic(
    "alerts.messages.v1",
    "What officers say to alerts, on every partition",
    "",
    AlertMessage,
    "publishers",
    ("alerts",),
)
ROSTER: Final = Topic("duty.roster.v1", "Duty roster, on every partition", "", DutyMessage, "publishers", ("alerts",))
ALERTS_LEDGER: Final = Topic(
    "alerts.ledger.v1", "Ledger of the alert stage", "", LedgerRecord, "alerts", ("notifier", "sink", "verify")
)
TRANSFER_STANDINGS: Final = Topic(
    "transfers.standings.v1",
    "What areas lack and can spare",
    "area",
    StandingTold,
    "relay",
    ("transfers",),
    partitions=1,
)
TRANSFER_ORDERS: Final = Topic(
    "transfers.orders.v1", "Transfers between areas, for each of the two", "area", TransferMessage, "relay", ("supply",)
)
TRANSFERS_LEDGER: Final = Topic(
    "transfers.ledger.v1",
    "Ledger of the transfers stage",
    "",
    LedgerRecord,
    "transfers",
    ("relay", "alerts", "sink", "verify", "trace"),
    partitions=1,
)

SUPPLY_SOURCES: Final = (HOUSEHOLDS, REQUESTS, STOCK, DELIVERIES, HOLDS, COLDCHAIN_HOLDS, TRANSFER_ORDERS)
TRANSFER_SOURCES: Final = (TRANSFER_STANDINGS,)
COLDCHAIN_SOURCES: Final = (COLDCHAIN, INSPECTIONS, DRIVERS, HOLDS, COLDCHAIN_HOLDS)
ALERT_SOURCES: Final = (SUPPLY_LEDGER, COLDCHAIN_LEDGER, TRANSFERS_LEDGER, ALERT_MESSAGES, ROSTER)
SOURCES: Final = {
    "supply": SUPPLY_SOURCES,
    "coldchain": COLDCHAIN_SOURCES,
    "alerts": ALERT_SOURCES,
    "transfers": TRANSFER_SOURCES,
}
"""By stage, what it reads."""
LEDGERS: Final = {
    "supply": SUPPLY_LEDGER,
    "coldchain": COLDCHAIN_LEDGER,
    "transfers": TRANSFERS_LEDGER,
    "alerts": ALERTS_LEDGER,
}
"""By stage, what it writes; a ledger that is a source of another stage comes before that stage's."""
STAGE_OF: Final = {topic.name: stage for stage, topic in LEDGERS.items()}
"""By name of a ledger, whose it is: a source that is itself a ledger is read by its accepted records."""
ALL_SOURCES: Final = tuple(
    dict.fromkeys(topic for sources in SOURCES.values() for topic in sources if topic.name not in STAGE_OF)
)
"""What comes from outside; the sources that are ledgers are not among them: their records are never refused."""
DECLARED: Final = (*ALL_SOURCES, CONTACTS, *LEDGERS.values())


def sources_at(sources: Iterable[Topic], partition: int) -> tuple[Topic, ...]:
    """Those of a stage's sources that have this partition: one with fewer than its ledger is read in the first only."""
    return tuple(topic for topic in sources if partition < topic.partitions)


def dead_letter_topic(source: Topic) -> Topic:
    """The topic that keeps the bytes of what a stage rejected from `source`."""
    title = f"Rejected from {source.name}"
    return Topic(f"dlq.{source.name}", title, "", None, "supply", ("dead-letters",), partitions=source.partitions)


DEAD_LETTERS: Final = tuple(dead_letter_topic(source) for source in ALL_SOURCES)
ALL_TOPICS: Final = (*DECLARED, *DEAD_LETTERS)
BY_NAME: Final = {topic.name: topic for topic in ALL_TOPICS}

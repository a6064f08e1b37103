"""Loggers' files as their devices write them, made here: the same sections, other devices, other numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from streams.loggers.model import LoggerFile
from streams.loggers.read import read_logger

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
SHARED = Path(__file__).parents[4] / "shared" / "data" / "loggers"
"""Exports of real devices, which are not part of the project."""
SIGNED = "Cert:\n Vers: 1.0\n Issuer: Maker AG\nSig Cert: 00ff\nSig: ff00\n"
HEADING = "\tyyyy-MM-dd hh:mm\tT\tOut of limits\t\n"
QTAG_ALARMS = """\
  1:
   Type: 2, T AL: 8.0, t AL: 30
  2:
   Type: 4, T AL: 8.0, t AL: 60
  3:
   Type: 0
  4:
   Type: 3, T AL: 2.0, t AL: 60
  5:
   Type: 1, T AL: 2.0, t AL: 20
"""


def read(data: str | bytes, name: str = "file", timezone: dt.tzinfo | None = None) -> LoggerFile:
    """A file read at NOW."""
    return read_logger(name, data if isinstance(data, bytes) else data.encode(), now=NOW, timezone=timezone)


def rows(values: Sequence[float | None], every: int = 10, start: str = "2024-05-01 08:00") -> str:
    """Rows of a data table from `start` on; None: the device had no value. Marks as limits 2 to 8 °C give them."""
    at, lines = dt.datetime.fromisoformat(start), []
    for value in values:
        mark = "x" if value is None or not 2 <= value <= 8 else ""
        lines.append(f"\t{at:%Y-%m-%d %H:%M}\t{'--.-' if value is None else value}\t{mark}\t\n")
        at += dt.timedelta(minutes=every)
    return "".join(lines)


def qtag(table: str, result: str = "", zone: str = "0.00", conf: str = "", end: str = SIGNED) -> str:
    """An export of a Q-tag: limits 2 to 8 °C, every ten minutes; `result` are further lines of its section Res."""
    return (
        "Device: Q-tag CLm doc LR\nVers: 1.9\nFw Vers: 4.7.04o\nSensor: 1\nConf:\n Serial: TEST0001\n PCB: 816\n"
        f" Zone: {zone}\n Start Delay: 30\n MKT Energy: 83.0\n User String 1:\n User String 2: fish, cod: raw\n{conf}"
        f" Logging Interval: 10\n Test Res: 1, Test TS: 2024-01-01 10:17\n Alarm:\n{QTAG_ALARMS}"
        "Res:\n TS Actv: 2024-05-01 07:00\n TS Start: 2024-05-01 08:00\n TS Batt Temp:\n"
        f"{result}Marker:\n\tNumber\tT\tyyyy-MM-dd hh:mm\t\nData:\n{HEADING}{table}{end}"
    )


def fridgetag(table: str | None, days: str = "", end: str = SIGNED) -> str:
    """An export of a Fridge-tag: -0.5 to 8 °C, every five minutes; `table` None: a device without a data table."""
    data = "" if table is None else f"Data:\n{HEADING}{table}"
    interval = "" if table is None else " Logging Interval: 5\n"
    return (
        "Device: Q-tag Fridge-tag 2\nVers: 0.5\nSensor: 1\nConf:\n Serial: 130400190001\n Zone: 8.00\n Temp unit: C\n"
        " Alarm:\n  0:\n   T AL: -0.5, t AL: 60\n  1:\n   T AL: +8.0, t AL: 600\n Int Sensor:\n"
        f"  Timeout: 1, Offset: +0.0\n Report history length: 60\n{interval}Hist:\n TS Actv: 2024-05-01 07:50\n"
        f" TS Report Creation: 2024-05-03 09:00\n{days}{data}{end}"
    )


def day(number: int, date: str, hot: str, cold: str = "0", top: float = 7.0, timeout: int = 0) -> str:
    """A day of a Fridge-tag's history; `hot` and `cold` are minutes, with `, TS A: hh:mm` where it alarmed."""
    return (
        f" {number}:\n  Date: {date}\n  Min T: +4.0, TS Min T: 00:42\n  Max T: {top:+.1f}, TS Max T: 09:52\n"
        f"  Avrg T: +4.5\n  Alarm:\n   0:\n    t Acc: {cold}\n   1:\n    t Acc: {hot}\n  Int Sensor timeout:\n"
        f"   t AccST: {timeout}\n  Events: 0\n  Checked:\n   TS AM: 10:45\n"
    )

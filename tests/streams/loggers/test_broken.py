"""Whatever is in a file, reading it ends in readings or in one sentence; never in anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BaogongError
from streams.loggers.compare import compare
from streams.loggers.limits import device_profile
from tests.streams.loggers.made import day, fridgetag, qtag, read, rows

RESULT = (
    " TS Stop: 2024-05-01 09:05\n MKT: 6.1\n Alarm:\n  1:\n   TS S: 2024-05-01 08:20, t A: 44, TS A: 2024-05-01 08:51, "
    "TS E:, T M: 9.6, TS M: 2024-05-01 08:33\n"
)
FILES = [
    qtag(rows([4.0, 9.0, None, 9.5, 9.1, 9.2, 4.0]), RESULT).encode(),
    fridgetag(
        rows([4.0, 9.0, None], every=5), day(1, "2024-05-01", "7, TS A: 09:00") + day(2, "2024-04-30", "0")
    ).encode(),
    b"timestamp,value\n2024-05-01T00:00Z,4\n2024-05-01T00:10Z,5\n",
]


def tried(data: bytes) -> None:
    try:
        file = read(data)
    except BaogongError as error:
        assert "\n" not in str(error)
        return
    compare(file)
    assert file.readings or file.missing or (file.device and file.device.days)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_files_that_were_cut_or_garbled(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 40)))
    noise = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"\n", b"\t", b":", b"9" * 40, b'"', b"-"])))
    tried(whole[:at] + noise + whole[until:])
    tried(whole[:at])


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=':,\n\t "x-+.0123456789TSAlarmDateHistConf', max_size=200))
def test_files_of_anything(text: str) -> None:
    tried(text.encode())
    tried(f"Device: x\nData:\n{text}".encode())


def test_a_device_whose_name_has_control_characters_keeps_its_limits() -> None:
    file = read(FILES[0].replace(b"Device: ", b"Device: \x01\x7f", 1))
    assert file.device is not None
    profile = device_profile(file.device)
    assert profile is not None
    assert profile.name_en == "limits of the device (  Q-tag CLm doc LR)"
    tried(FILES[0].replace(b"Device: ", b"Device: \x01\x7f", 1))

"""The limits that are set in a device, as a profile: its alarms on single events. Cumulative alarms are no breaches."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from schemas.temperature import Limit, Profile
from streams.loggers.model import Alarm, Device

DEVICE = "device"
"""Name of the profile that a device carries in itself."""
_FREEZING = 0.0


def device_profile(device: Device) -> Profile | None:
    """The device's own limits; None where it has no alarm on a single event, or where its alarms contradict."""
    single = [alarm for alarm in device.alarms if not alarm.cumulative]
    frozen = any(alarm.kind == "hot" and alarm.celsius <= _FREEZING for alarm in single)
    try:
        return profile_of(single, device, mkt=device.activation_kj_mol is not None or not frozen) if single else None
    except ValidationError:
        return None


def profile_of(alarms: Iterable[Alarm], device: Device, *, mkt: bool = True) -> Profile:
    """A profile with these limits and the device's ΔH. Its marks say that a limit itself is in range."""
    limits = [Limit(kind=one.kind, celsius=one.celsius, inclusive=False, minutes=one.minutes) for one in alarms]
    model = "".join(letter if letter.isprintable() else " " for letter in device.model[:80])
    said = {} if device.activation_kj_mol is None else {"activation_kj_mol": device.activation_kj_mol}
    return Profile.model_validate(
        {
            "name": DEVICE,
            "name_zh": f"设备自身限值（{model}）",
            "name_en": f"limits of the device ({model})",
            "limits": limits,
            "mkt": mkt,
            "authority": "the alarms that are set in the device",
            **said,
        }
    )

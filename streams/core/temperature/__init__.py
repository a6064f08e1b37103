"""Temperature (温度) of one logger: ranges, breaches, gaps, what the sensor itself does wrong, early warning."""

from streams.core.temperature.assessment import AssessedBreach, Assessment, assess
from streams.core.temperature.evolve import evolve_series
from streams.core.temperature.ranges import Range
from streams.core.temperature.reading import decide_reading
from streams.core.temperature.series import Breach, Series
from streams.core.temperature.silence import decide_silence, next_silence
from streams.core.temperature.summing import sum_up

__all__ = [
    "AssessedBreach",
    "Assessment",
    "Breach",
    "Range",
    "Series",
    "assess",
    "decide_reading",
    "decide_silence",
    "evolve_series",
    "next_silence",
    "sum_up",
]

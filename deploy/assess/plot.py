"""The curve of a logger as a picture: PNG, or a page with SVG. matplotlib is imported here only."""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from deploy.assess.judge import Judged
from schemas.errors import FAILURE, BaogongError

_CHINESE: Final = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei")
_DPI: Final = 130


def draw(judged: Sequence[Judged], path: Path) -> None:
    """Write the picture of one or more files, one below the other; raises BaogongError where that can't be."""
    if path.suffix.lower() == ".png":
        data = picture(judged, "png")
    else:
        from deploy.assess.page import page

        data = page(judged, [picture([one], "svg").decode() for one in judged]).encode()
    _write(path, data)


def picture(judged: Sequence[Judged], form: str) -> bytes:
    """The curves as PNG, or as SVG whose words stay words, so that the viewer's own fonts write them."""
    import matplotlib
    from matplotlib.figure import Figure

    from deploy.assess.panel import Panel

    families = _families()
    with matplotlib.rc_context(_style(families)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box for a letter is better than no picture
        figure = Figure(figsize=(12, 4.8 * len(judged)), layout="constrained")
        axes = figure.subplots(len(judged), 1, squeeze=False)[:, 0]
        for one, axis in zip(judged, axes, strict=True):
            Panel(one, axis, chinese=form == "svg" or len(families) > 1).draw(titled=form == "png")
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=_DPI, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


def _families() -> list[str]:
    """Fonts that there are here: one for Latin and, where there is one, one for Chinese."""
    from matplotlib import font_manager

    here = set(font_manager.get_font_names())
    return ["DejaVu Sans", *[name for name in _CHINESE if name in here][:1]]


def _style(families: list[str]) -> Any:
    return {
        "font.family": families,
        "font.size": 10,
        "svg.fonttype": "none",
        "svg.hashsalt": "baogong",
        "hatch.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#9aa3ad",
        "xtick.color": "#4a5560",
        "ytick.color": "#4a5560",
        "axes.unicode_minus": False,
    }


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise BaogongError(f"The picture {path} can't be written: {error.strerror}.", FAILURE) from error

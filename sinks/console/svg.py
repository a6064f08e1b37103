"""Elements of SVG as safe markup: names and geometry are ours, every text and attribute is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


def tag(name: str, *inside: Markup | str, **attributes: str | int | float) -> Markup:
    """An element. `class_` is class, other underscores are hyphens; fractions are cut to a tenth."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), f"{value:.1f}" if type(value) is float else value)
        for key, value in attributes.items()
    )
    return Markup("<{}{}>{}</{}>").format(name, said, Markup("").join(map(escape, inside)), name)


def picture(kind: str, width: float, height: float, title: str, *inside: Markup) -> Markup:
    """A whole picture that a screen reader calls by its title."""
    return tag(
        "svg",
        tag("title", title),
        *inside,
        class_=kind,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        aria_label=title,
    )


def points(places: list[tuple[float, float]]) -> str:
    """Places as the points of a line."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

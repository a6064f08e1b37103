"""Where a thing came from and what became of it, as trees for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rich.text import Text
from rich.tree import Tree

from deploy.trace.search import Story
from deploy.trace.telling import holds
from deploy.trace.words import Words
from streams.lineage.graph import How, Kind, Node
from streams.story import CODES

SHOWN: Final = 12
"""Branches of a node; the JSON has all."""
KINDS: Final = {
    Kind.CONSIGNMENT: ("冷链批次", "consignment"),
    Kind.LOT: ("批次", "lot"),
    Kind.REQUEST: ("需求", "request"),
    Kind.HOUSEHOLD: ("住户", "household"),
}
_PACKAGE: Final = ("包装", "package")
_HOW: Final = {
    How.DECLARED: (("申报", "declared"), ("申报于", "declared in")),
    How.RECEIVED: (("入库为", "received as"), ("来自", "received from")),
    How.PACKED: (("装入", "packed into"), ("内装", "holds")),
    How.UNPACKED: (("内装", "holds"), ("装于", "packed in")),
    How.MADE: (("加工为", "made into"), ("加工自", "made of")),
    How.SPLIT: (("分出", "split off"), ("分自", "split from")),
    How.MOVED: (("调往", "moved to"), ("调自", "moved from")),
    How.GIVEN: (("发给", "given to"), ("取用", "given from")),
    How.ASKED: (("需求方", "asked by"), ("提出", "asked for")),
}
"""Read down, and read up."""
_FATES: Final = (
    ("delivered", "送达", "delivered"),
    ("in_transit", "在途", "in transit"),
    ("reserved", "预留", "reserved"),
    ("released", "收回", "taken back"),
    ("returned", "退回", "returned"),
    ("damaged", "损坏", "damaged"),
    ("lost", "丢失", "lost"),
)


@dataclass
class Branches:
    """Grows one tree; what stands in it already is not unfolded again."""

    story: Story
    words: Words
    down: bool
    _unfolded: set[tuple[Node, bool]] = field(default_factory=set)

    def tree(self) -> Tree | None:
        """None: nothing lies that way."""
        title = ("去向", "what became of it") if self.down else ("来源", "where it came from")
        root = Tree(Text(self.words.say(*title), style="bold"))
        for node in self.story.hunt.subjects:
            many = len(self.story.hunt.subjects) > 1
            self._grow(root.add(self._name(node)) if many else root, node, by_package=False)
        return root if any(True for _ in root.children) else None

    def _grow(self, branch: Tree, node: Node, *, by_package: bool) -> None:
        self._unfolded.add((node, by_package))
        near = self.story.hunt.lineage.next(node, down=self.down, by_package=by_package)
        ways = [(other, packs) for other, packs in near if other not in self.story.hunt.subjects]
        for other, packs in ways[:SHOWN]:
            label, again = self._label(node, other), (other, packs) in self._unfolded
            if again and any(True for _ in self.story.hunt.lineage.next(other, down=self.down, by_package=packs)):
                label.append("  " + self.words.say("（见上）", "(see above)"), style="dim")
            grown = branch.add(label)
            if not again:
                self._grow(grown, other, by_package=packs)
        if len(ways) > SHOWN:
            more = len(ways) - SHOWN
            branch.add(Text(self.words.say(f"另有 {more} 项，见 --json", f"{more} more: see --json"), style="dim"))

    def _label(self, node: Node, other: Node) -> Text:
        lineage, (source, target) = self.story.hunt.lineage, (node, other) if self.down else (other, node)
        label = Text.assemble((self._said(lineage.said(source, target)), "dim"), " ", self._name(other))
        portions = lineage.links[source][target].portions.values()
        sums = [(sum(getattr(one, name) for one in portions), zh, en) for name, zh, en in _FATES]
        fates = ", ".join(f"{self.words.say(zh, en)} {units}" for units, zh, en in sums if units)
        return label.append(f"  {fates}", style="cyan")

    def _said(self, said: Mapping[How, int]) -> str:
        words = {how: self.words.say(*(down if self.down else up)) for how, (down, up) in _HOW.items()}
        return ", ".join(words[how] + (f" {units}" if units else "") for how, units in said.items())

    def _name(self, node: Node) -> Text:
        about = self.story.hunt.lineage.about.get(node, {})
        kind = _PACKAGE if about.get("package") else KINDS[node.kind]
        label = Text.assemble((self.words.say(*kind), "dim"), " ", (node.name, "bold"))
        where = [about.get("quantity") and f"{about['quantity']} ×", about.get("item"), about.get("area")]
        label.append("".join(f" {part}" for part in where if part))
        if node.kind is Kind.LOT and holds(self.story.hunt.lineage, node):
            label.append(f" {self.words.say('封存', 'held')}", style="bold red")
        file = self.story.dossiers.get(node.name) if node.kind is Kind.CONSIGNMENT else None
        if file is not None and file.standing:
            label.append(f" {self.words.say('封存', 'held')}", style="bold red")
        if file is not None and file.step is not None:
            label.append(f" {self.words.say(CODES[file.step['step']], file.step['step'])}")
        return label

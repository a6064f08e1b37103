"""Rules for the pipeline's health: promtool takes them, they fire where they should, and name real figures."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
CASES = Path(__file__).parent / "rules_test.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian's package prometheus) is not installed")
FIGURE = re.compile(r"\b((?:baogong|kafka)_[a-z_]+)\b")


def promtool(*arguments: str) -> str:
    found = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@needs_promtool
def test_promtool_takes_rules_and_example() -> None:
    assert "11 rules found" in promtool("check", "rules", str(RULES))
    promtool("check", "config", str(RULES.with_name("prometheus.yml")))


@needs_promtool
def test_they_fire_where_they_should_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    cases = tmp_path / "rules_test.yml"
    cases.write_text(CASES.read_text(encoding="utf-8"), encoding="utf-8")
    assert "SUCCESS" in promtool("test", "rules", str(cases))


def test_every_figure_that_a_rule_names_is_exported() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("deploy", "sinks", "streams")
        for path in (ROOT / package).rglob("*.py")
    )
    exported = set(re.findall(r'"((?:baogong|kafka)_[a-z_]+)"', code))
    expressions = re.findall(
        r"expr: (?:\|\n)?(.*?)\n        (?:for|labels):", RULES.read_text(encoding="utf-8"), re.DOTALL
    )
    named = {name.removesuffix("_total") for text in expressions for name in FIGURE.findall(text)}
    assert len(expressions) == 11
    assert named <= exported
    assert len(named) > 6

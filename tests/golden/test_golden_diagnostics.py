"""Every diagnostic as its author sees it: one folder a code: broken specs, what is said of them, a good spec."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diagnostics import CODES
from engine.spec import limits

HERE = Path(__file__).parent / "diagnostics"
SPECS = sorted(HERE.glob("*/*.weft.*"))
BROKEN = [spec for spec in SPECS if not spec.name.startswith("good.")]
GOOD = [spec for spec in SPECS if spec.name.startswith("good.")]

SMALLER = {"WF107-file-too-large": ("SIZE_MAX_BYTES", 1024)}
"""Limits made small, so that no golden file need be 64 MiB."""

WITHOUT_GOOD_FILE = {
    "WF101-bad-encoding": "every other golden file is UTF-8",
    "WF102-yaml-syntax": "every other golden file is YAML",
    "WF104-tag-not-allowed": "no tag is allowed",
    "WF105-key-not-text": "every other golden file has text keys",
    "WF107-file-too-large": "every other golden file is small",
    "WF108-too-deep": "every other golden file is shallow",
    "WF111-several-documents": "every other golden file is one document",
    "WF112-empty-file": "every other golden file holds something",
    "WF113-forbidden-character": "every other golden file is without",
    "WF201-not-a-workflow": "every other golden file is a workflow",
    "WF203-wrong-type": "good.weft.yaml of WF202 holds every word",
    "WF204-missing-key": "good.weft.yaml of WF202 holds every word",
    "WF205-bad-value": "good.weft.yaml of WF202 holds every word",
    "WF206-bad-format": "good.weft.yaml of WF202 holds every word",
    "WF207-out-of-range": "good.weft.yaml of WF202 holds every word",
    "WF208-one-body": "good.weft.yaml of WF202 holds tools and groups",
    "WF209-conflicting-keys": "good.weft.yaml of WF202 holds every word",
    "WF210-other-word": "good.weft.yaml of WF202 holds every word",
    "WF211-unknown-version": "every other golden file has version 1",
    "WF212-not-available": "no other golden file uses such a word",
}


def name_of(spec: Path) -> str:
    return f"{spec.parent.name}/{spec.name}"


@pytest.mark.parametrize("spec", BROKEN, ids=name_of)
def test_a_broken_spec_gets_exactly_the_expected_text(
    spec: Path,
    validated: Callable[[Path], str],
    same_as_golden: Callable[[str, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if spec.parent.name in SMALLER:
        monkeypatch.setattr(limits, *SMALLER[spec.parent.name])
    same_as_golden(validated(spec), spec.with_name(spec.name.split(".")[0] + ".expected.txt"))


@pytest.mark.parametrize("spec", GOOD, ids=name_of)
def test_a_good_spec_is_passed_in_silence(spec: Path, validated: Callable[[Path], str]) -> None:
    assert validated(spec) == "1 file checked: no problems\nexit 0\n"


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_folder_whose_expected_text_shows_it(code: str) -> None:
    folder = HERE / f"{code}-{CODES[code].name}"
    shown = "".join(text.read_text(encoding="utf-8") for text in folder.glob("*.expected.txt"))
    assert f"[{code} {CODES[code].name}]" in shown


@pytest.mark.parametrize("code", CODES)
def test_every_check_has_a_good_spec_or_says_why_not(code: str) -> None:
    name = f"{code}-{CODES[code].name}"
    assert any((HERE / name).glob("good.weft.*")) != (name in WITHOUT_GOOD_FILE)


def test_no_expected_text_is_left_without_its_spec() -> None:
    left = [
        text.name
        for text in HERE.glob("*/*.expected.txt")
        if not [*text.parent.glob(text.name.split(".")[0] + ".weft.*")]
    ]
    assert left == []


@pytest.mark.parametrize("text", sorted(HERE.glob("*/*.expected.txt")), ids=name_of)
def test_every_message_is_lower_case_without_a_full_stop(text: Path) -> None:
    """After the label comes a small letter, a digit or a quotation; `[CODE name]` ends the line."""
    headings = [
        line
        for line in text.read_text(encoding="utf-8").splitlines()
        if re.search(r"\[WF\d{3} [a-z-]+\]$", line)
    ]
    assert headings
    for line in headings:
        message = re.fullmatch(r"\S+:\d+:\d+: (?:error|warning|info): (.+) \[WF\d{3} [a-z-]+\]", line)
        assert message, line
        first = message[1].split()[0]
        assert not first[0].isupper() or first == "YAML", line
        assert message[1][-1] not in ".!", line


def test_ten_mistakes_are_ten_problems_in_one_pass(
    validated: Callable[[Path], str], same_as_golden: Callable[[str, Path], None]
) -> None:
    spec = Path(__file__).parent / "ten-mistakes.weft.yaml"
    output = validated(spec)
    assert "10 errors" in output
    same_as_golden(output, spec.with_name("ten-mistakes.expected.txt"))

"""What import-linter cannot see: relations and reverse names must point down too, and the rules on sizes hold."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.anywhere
FLOORS = {"mailing": 1, "accounts": 2, "courses": 3, "payments": 4}
ROOT = Path(settings.BASE_DIR)
OURS = [*FLOORS, "coursesite", "sandbox", "postbox", "look", "drawings"]


def test_relations_point_down() -> None:
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model is not None
        and FLOORS.get(field.related_model._meta.app_label, 0) > FLOORS[model._meta.app_label]
    ]
    assert upward == []


def test_no_reverse_name_leaks_to_a_lower_floor() -> None:
    """`user.order_set` would let accounts read payments without an import."""
    leaks = [
        f"{model._meta.label}.{relation.get_accessor_name()}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for relation in model._meta.related_objects
        if FLOORS.get(relation.related_model._meta.app_label, 0) > FLOORS[model._meta.app_label]
        and not relation.hidden
    ]
    assert leaks == []


def modules() -> list[Path]:
    return [
        path
        for app in OURS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and path.stat().st_size
    ]


def test_modules_and_functions_keep_their_size() -> None:
    """design.md: a module has at most 300 lines, a function at most 40."""
    too_long = []
    for path in modules():
        text = path.read_text()
        if text.count("\n") > 300:
            too_long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        too_long += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno + 1 > 40
        ]
    # Settings are one list of values; splitting them would hide contradictions.
    assert [line for line in too_long if not line.startswith("coursesite/settings.py")] == []


def test_templates_keep_their_size_and_carry_no_inline_script_or_style() -> None:
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text()
        if text.count("\n") > 150:
            wrong.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        if "emails" not in path.parts and (" style=" in text or "<style" in text or " onclick=" in text):
            wrong.append(f"{path.relative_to(ROOT)}: inline style or handler")
        if "|safe" in text and path.relative_to(ROOT).parts[1] not in {"components", "emails", "look"}:
            wrong.append(f"{path.relative_to(ROOT)}: |safe")
    assert wrong == []


@pytest.mark.parametrize("word", ["sandbox", "SANDBOX"])
def test_nothing_in_payments_knows_of_the_sandbox(word: str) -> None:
    """Live and practice differ by settings alone (payments.md §4.2)."""
    assert [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.is_relative_to(ROOT / "payments") and word in path.read_text()
    ] == []


def test_money_mail_locks_and_the_journey_are_tested_on_every_database() -> None:
    both = "payments/*.py mailing/*.py */test_*at_once.py */test_race*.py journeys/test_story.py".split()
    found = {pattern: list((ROOT / "tests").glob(pattern)) for pattern in both}
    assert [pattern for pattern, paths in found.items() if not paths] == []
    every = [path for paths in found.values() for path in paths]
    assert [path.name for path in every if "mark.anywhere" in path.read_text()] == []


def test_stripe_has_one_door() -> None:
    importing = {
        str(path.relative_to(ROOT).parent)
        for path in modules()
        if not path.is_relative_to(ROOT / "sandbox")
        and any(
            (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "stripe" for name in node.names))
            or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "stripe")
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert importing == {"payments/gateway"}

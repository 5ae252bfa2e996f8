"""The real course through the desk: saving each page untouched is no edit, so that a later import still updates it."""

import pytest
from django.core.management import call_command
from django.test import Client

from courses.models import Course, Exercise, Lesson, Module, Page
from tests.desk.test_fields import change, submit

pytestmark = pytest.mark.django_db


def test_a_page_saved_untouched_is_still_the_imports(
    ines_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_content")
    rows = [row for model in (Course, Module, Lesson, Exercise, Page) for row in model.objects.all()]
    assert {str(row): faults for row in rows if (faults := submit(ines_client, change(row)))} == {}
    capsys.readouterr()
    call_command("import_content")
    said = capsys.readouterr().out
    print(said)
    assert " kept" not in said

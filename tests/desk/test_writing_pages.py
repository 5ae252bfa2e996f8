"""The pages behind the editor: who gets them, and that nothing of what they show can run or be kept."""

import pytest
from django.test import Client

from courses.models import Course, Lesson
from coursesite.lib import editable

pytestmark = pytest.mark.django_db


def test_only_the_look_may_be_framed_and_nothing_runs_in_it(ines_client: Client, knots: Course) -> None:
    lesson = Lesson.objects.get(position=1)
    answer = ines_client.post(
        "/desk/courses/lesson/editor/look/",
        {"lesson": lesson.pk, "body": "<script>x</script> [a](javascript:x)", "checks-TOTAL_FORMS": "0"},
    )
    policy = answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "<script" not in answer.text
    assert 'href="javascript' not in answer.text
    lesson.refresh_from_db()
    assert lesson.body.startswith("Words.")


@pytest.mark.parametrize("page", ["read", "shelf", "look"])
def test_the_editor_is_for_who_teaches(knots: Course, ann_client: Client, page: str) -> None:
    assert Client().post(f"/desk/courses/lesson/editor/{page}/").status_code == 302
    assert ann_client.post(f"/desk/courses/lesson/editor/{page}/", follow=True).status_code == 403


def test_a_text_is_read_for_the_editor() -> None:
    found = editable.read("# One\n\n- a\n\n- b\n\n::check 1\n<script>x</script>")
    assert found.sources == ["# One", "- a\n\n- b", "::check 1", "<script>x</script>"]
    assert "<script" not in found.html
    assert 'data-tight="no"' in found.html

from django.template.loader import render_to_string
from django.test import RequestFactory

from look.forms import Everything


def field(name: str, form: Everything) -> str:
    return " ".join(render_to_string("components/_field.html", {"field": form[name]}).split())


def test_hint_and_fault_are_tied_to_the_control() -> None:
    text = field("email", Everything({"email": "ann@"}))
    assert 'aria-describedby="id_email_helptext id_email_error"' in text
    assert 'id="id_email_helptext"' in text
    assert 'id="id_email_error"' in text
    assert 'aria-invalid="true"' in text


def test_what_was_typed_stands_there_still() -> None:
    assert 'value="ann@"' in field("email", Everything({"email": "ann@"}))


def test_the_browser_is_never_asked_to_refuse_an_empty_field() -> None:
    form = Everything()
    assert [name for name in form.fields if " required" in field(name, form)] == []


def test_a_group_of_choices_is_a_fieldset_with_its_fault() -> None:
    text = field("side", Everything({}))
    assert text.startswith('<fieldset class="field" id="id_side" aria-describedby="id_side_error">')
    assert text.count('type="radio"') == 2


def test_each_line_of_the_summary_leads_to_a_control_that_exists() -> None:
    form = Everything({"email": "ann@"})
    summary = render_to_string("components/_errors.html", {"form": form}, RequestFactory().get("/"))
    page = "".join(field(name, form) for name in form.fields)
    targets = [part.split('"')[0] for part in summary.split('href="#')[1:]]
    assert targets == ["id_first_name", "id_email", "id_time", "id_side_0", "id_letters"]
    assert [target for target in targets if f'id="{target}"' not in page] == []


def test_an_error_summary_is_not_drawn_for_a_form_without_faults() -> None:
    assert render_to_string("components/_errors.html", {"form": Everything()}).strip() == ""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from postbox import files

pytestmark = pytest.mark.django_db


def send(
    to: str = "ann@example.org", *, subject: str = "A letter", html: str = "<html><head></head>hello"
) -> str:
    mail = EmailMultiAlternatives(subject, "plain words", "coach@example.org", [to])
    mail.attach_alternative(html, "text/html")
    mail.send()
    return files.newest()[0].name


def test_mails_are_kept_whole_and_shown_newest_first(client: Client) -> None:
    send(subject="Old")
    send(subject="New")
    page = client.get(reverse("postbox:inbox")).content.decode()
    assert re.findall(r"<b>(Old|New)</b>", page) == ["New", "Old"]


def test_the_search_knows_addresses_in_any_case(client: Client) -> None:
    send("ann@example.org", subject="For Ann")
    send("ben@example.org", subject="For Ben")
    page = client.get(reverse("postbox:inbox"), {"to": "BEN@"}).content.decode()
    assert re.findall(r"<b>(For \w+)</b>", page) == ["For Ben"]


def test_one_mail_shows_its_parts_and_headers(client: Client) -> None:
    page = client.get(reverse("postbox:mail", args=[send()])).content.decode()
    assert "plain words" in page
    assert "coach@example.org" in page
    assert 'sandbox="allow-same-origin allow-top-navigation-by-user-activation"' in page


def test_the_html_part_runs_nothing_and_loads_nothing_foreign(client: Client, settings: Any) -> None:
    answer = client.get(
        reverse("postbox:html", args=[send(html="<html><head></head><p style='color:red'>x")])
    )
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"]) == ("'none'", "'none'")
    assert (policy["style-src"], policy["img-src"]) == ("'unsafe-inline'", f"'self' {settings.SITE_URL}")
    assert (policy["frame-ancestors"], policy["form-action"]) == ("'self'", "'none'")
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in answer.content.decode()


@pytest.mark.parametrize("page", ["postbox:mail", "postbox:html"])
@pytest.mark.parametrize("name", ["no-such", "0" * 20 + "-" + "a" * 32])
def test_a_name_that_is_none_of_ours_is_not_found(page: str, name: str, client: Client) -> None:
    assert client.get(reverse(page, args=[name])).status_code == 404


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    assert files.read("../secret") is None


def test_a_mail_without_readers_is_not_kept() -> None:
    EmailMultiAlternatives("x", "y", "coach@example.org", []).send()
    assert files.newest() == []


def test_half_written_mails_are_not_seen() -> None:
    send()
    (files.folder() / ".half").write_bytes(b"Subject: half")
    assert [mail.subject for mail in files.newest()] == ["A letter"]


@pytest.mark.parametrize("mails", [1, 3])
def test_the_list_asks_the_database_nothing(
    mails: int, client: Client, django_assert_num_queries: Any
) -> None:
    for _ in range(mails):
        send()
    with django_assert_num_queries(0):
        client.get(reverse("postbox:inbox"))


def test_only_looking_is_possible(client: Client) -> None:
    for page in (reverse("postbox:inbox"), reverse("postbox:mail", args=[send()])):
        assert client.post(page).status_code == 405

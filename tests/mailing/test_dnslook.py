"""What the name servers say of the site's mail, told in words; a server that is silent takes nobody's time."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import dns.message
import dns.resolver
import dns.rrset
import pytest
from django.core.cache import cache
from django.test import Client

from mailing import dnslook
from mailing.dnslook import Verdict
from tests.desk.test_letters import says, url

pytestmark = pytest.mark.django_db
GOOD = {
    ("example.org", "TXT"): ["other=1", "v=spf1 include:_spf.example.com ~all"],
    ("k1._domainkey.example.org", "TXT"): ["v=DKIM1; k=rsa; p=" + "A" * 392],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none; rua=mailto:me@example.org"],
    ("example.org", "MX"): ["10 mx.example.org."],
    ("b.example.org", "MX"): ["10 mx.example.org."],
    ("b.example.org", "TXT"): ["v=spf1 mx -all"],
}
Records = dict[tuple[str, str], list[str]]


@pytest.fixture(autouse=True)
def a_real_site(settings: Any) -> None:
    settings.EMAIL_BACKEND = "mailing.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "The Coach <coach@example.org>"
    settings.MAIL_DKIM_SELECTORS, settings.BOUNCE_DOMAIN = ["k1"], "b.example.org"


def verdicts(now: dt.datetime, records: Records) -> dict[str, Verdict]:
    look = dnslook.look(now=now, afresh=True, ask=lambda name, kind: records.get((name, kind), []))
    return {one.what: one.verdict for one in look.findings}


def test_all_is_well(now: dt.datetime) -> None:
    assert set(verdicts(now, GOOD).values()) == {Verdict.GOOD}


def test_with_nothing_there_all_is_said_with_what_to_do(now: dt.datetime) -> None:
    look = dnslook.look(now=now, afresh=True, ask=lambda name, kind: [])
    assert {one.verdict for one in look.findings} == {Verdict.BAD}
    assert all(one.todo for one in look.findings)


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 include:a.example -all", Verdict.GOOD),
        ("V=SPF1 mx ~ALL", Verdict.GOOD),
        ("v=spf1 redirect=_spf.example.com", Verdict.GOOD),
        ("v=spf1 mx ?all", Verdict.WEAK),
        ("v=spf1 mx", Verdict.WEAK),
        ("v=spf1 +all", Verdict.BAD),
        ("v=spf1 all", Verdict.BAD),
        ("v=spf1 " + " ".join(f"include:{number}.example" for number in range(11)) + " -all", Verdict.BAD),
        ("v=spf1 ip4:192.0.2.1 " * 11 + "-all", Verdict.GOOD),
    ],
)
def test_what_an_spf_record_says(now: dt.datetime, record: str, verdict: Verdict) -> None:
    assert verdicts(now, {**GOOD, ("b.example.org", "TXT"): [record]})["SPF"] == verdict


def test_two_spf_records_are_none(now: dt.datetime) -> None:
    twice = {**GOOD, ("b.example.org", "TXT"): ["v=spf1 mx -all", "v=spf1 a -all"]}
    assert verdicts(now, twice)["SPF"] == Verdict.BAD


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=DKIM1; p=" + "A" * 216, Verdict.WEAK),
        ("v=DKIM1; k=ed25519; p=" + "A" * 44, Verdict.GOOD),
        ("v=DKIM1; p=", Verdict.BAD),
        ("something else", Verdict.BAD),
    ],
)
def test_what_a_key_says(now: dt.datetime, record: str, verdict: Verdict) -> None:
    assert verdicts(now, {**GOOD, ("k1._domainkey.example.org", "TXT"): [record]})["DKIM"] == verdict


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@example.org", Verdict.GOOD),
        ("v=DMARC1; p=none", Verdict.WEAK),
        ("v=DMARC1; p=whatever; rua=mailto:a@example.org", Verdict.BAD),
        ("v=DMARC1", Verdict.BAD),
    ],
)
def test_what_a_policy_says(now: dt.datetime, record: str, verdict: Verdict) -> None:
    assert verdicts(now, {**GOOD, ("_dmarc.example.org", "TXT"): [record]})["DMARC"] == verdict


def test_a_policy_of_the_name_above_counts(now: dt.datetime, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "coach@mail.example.org"
    assert verdicts(now, GOOD)["DMARC"] == Verdict.GOOD


def test_a_name_that_takes_no_mail_and_what_nobody_told(now: dt.datetime, settings: Any) -> None:
    assert verdicts(now, {**GOOD, ("example.org", "MX"): ["0 ."]})["Answers"] == Verdict.BAD
    settings.MAIL_DKIM_SELECTORS, settings.BOUNCE_DOMAIN = [], ""
    found = verdicts(now, GOOD)
    assert (found["DKIM"], found["Bounces"], found["SPF"]) == (Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.GOOD)


def test_a_practice_site_asks_nobody(now: dt.datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "postbox.backend.EmailBackend"

    def never(name: str, kind: str) -> list[str]:
        raise AssertionError(name)

    look = dnslook.look(now=now, afresh=True, ask=never)
    assert {one.verdict for one in look.findings} == {Verdict.UNKNOWN}


def test_on_a_practice_site_the_page_offers_no_question(ines_client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "postbox.backend.EmailBackend"
    page = says(ines_client, url("letter_names"))
    assert ("Nobody was asked" in page, "Ask again now" in page) == (True, False)


def test_it_is_kept_for_an_hour_and_asked_anew_on_request(now: dt.datetime) -> None:
    asked: list[str] = []

    def ask(name: str, kind: str) -> list[str]:
        asked.append(name)
        return GOOD.get((name, kind), [])

    first = dnslook.look(now=now, ask=ask)
    number = len(asked)
    assert dnslook.look(now=now, ask=ask) == first and len(asked) == number > 0
    dnslook.look(now=now, ask=ask, afresh=True)
    assert len(asked) == 2 * number


# ---- over the wire ----
@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """A name server on loopback that knows these records, and is silent about the rest."""
    records: Records = {}
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    answering = threading.Thread(target=serve, args=(line, records), daemon=True)
    answering.start()

    def configure(self: Any, *args: Any) -> None:
        self.nameservers, self.port = ["127.0.0.1"], line.getsockname()[1]

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", configure)
    yield records
    line.close()


def serve(line: socket.socket, records: Records) -> None:
    while True:
        try:
            data, sender = line.recvfrom(4096)
        except OSError:
            return
        query = dns.message.from_wire(data)
        [asked] = query.question
        name, kind = asked.name.to_text().rstrip("."), dns.rdatatype.to_text(asked.rdtype)
        if (name, kind) not in records:
            continue
        reply = dns.message.make_response(query)
        if texts := records[name, kind]:
            reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *texts))
        line.sendto(reply.to_wire(), sender)


def test_long_texts_come_in_pieces_and_an_empty_answer_is_none(server: Records) -> None:
    server["k1._domainkey.example.org", "TXT"] = ['"v=DKIM1; p=" "AAAA"']
    server["example.org", "MX"] = ["10 mx.example.org."]
    server["_dmarc.example.org", "TXT"] = []
    assert dnslook.answer("k1._domainkey.example.org", "TXT") == ["v=DKIM1; p=AAAA"]
    assert dnslook.answer("example.org", "MX") == ["10 mx.example.org."]
    assert dnslook.answer("_dmarc.example.org", "TXT") == []


def test_silence_is_told_and_does_not_take_long(
    server: Records, ines_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnslook, "SECONDS", 1.0)
    cache.clear()
    begun = time.monotonic()
    page = says(ines_client, url("letter_names"))
    assert page.count("The name servers did not answer") == 5
    assert time.monotonic() - begun < 20
    assert ines_client.post(url("letter_names")).status_code == 302

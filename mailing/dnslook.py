"""What the names of the site say about its mail: who may send for it (SPF), with which key it signs (DKIM), what others
shall do with the rest (DMARC), and where answers and bounces go. Asked of the name servers, in a bounded time."""

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.core.cache import cache

from mailing import envelope
from mailing.door import MAILBOX

SECONDS = 4.0  # for one name; all are asked at once
KEEP, KEY = 3_600, "mailing.dnslook"
SHORT_KEY = 300  # characters of a DKIM key; one of 1024 bits has 216, one of 2048 bits 392
MOST_LOOKUPS = 10  # RFC 7208: a record that needs more counts as none
LOOKUP = re.compile(
    r"(?:^|\s)[+?~-]?(?:include:|a(?:[:/\s]|$)|mx(?:[:/\s]|$)|ptr|exists:|redirect=)", re.IGNORECASE
)
ALL = re.compile(r"(?:^|\s)([+?~-]?)all(?:\s|$)", re.IGNORECASE)
Ask = Callable[[str, str], list[str]]


class Verdict(StrEnum):
    GOOD = "good"
    WEAK = "could be better"
    BAD = "not right"
    UNKNOWN = "not checked"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, in words, with what to do about it."""

    what: str
    verdict: Verdict
    says: str
    todo: str = ""


@dataclass(frozen=True)
class Look:
    at: dt.datetime
    findings: list[Finding]


class NoAnswerError(Exception):
    """The name servers did not answer in time: nothing is known."""


def look(*, now: dt.datetime, afresh: bool = False, ask: Ask | None = None) -> Look:
    """Everything, from an hour's memory unless `afresh`. A practice site, whose mail never leaves it, asks nobody."""
    known: Look | None = None if afresh else cache.get(KEY)
    if known is not None:
        return known
    if not is_asked():
        why = "The mail of this practice site stays on it."
        return Look(
            now, [Finding(what, Verdict.UNKNOWN, why) for what in ("SPF", "DKIM", "DMARC", "Bounces")]
        )
    tasks = questions(ask or answer)
    with ThreadPoolExecutor(max_workers=len(tasks)) as several:
        found = Look(now, list(several.map(lambda task: task(), tasks)))
    cache.set(KEY, found, KEEP)
    return found


def to_mend() -> list[str]:
    """What was not right when somebody looked within the hour. Asks nobody."""
    known: Look | None = cache.get(KEY) if is_asked() else None
    return [
        one.what for one in (known.findings if known else []) if one.verdict in (Verdict.BAD, Verdict.WEAK)
    ]


def is_asked() -> bool:
    """Whether the site's mail goes out into the world."""
    return str(settings.EMAIL_BACKEND) != MAILBOX


def questions(ask: Ask) -> list[Callable[[], Finding]]:
    domain, bounces = envelope.own_address().partition("@")[2], settings.BOUNCE_DOMAIN
    keys = [
        partial(careful, "DKIM", partial(dkim, selector, domain, ask))
        for selector in settings.MAIL_DKIM_SELECTORS or [""]
    ]
    return [
        partial(careful, "SPF", partial(spf, bounces or domain, ask)),
        *keys,
        partial(careful, "DMARC", partial(dmarc, domain, ask)),
        partial(careful, "Answers", partial(answers, domain, ask)),
        partial(careful, "Bounces", partial(bounced, bounces, ask)),
    ]


def careful(what: str, find: Callable[[], Finding]) -> Finding:
    try:
        return find()
    except NoAnswerError as error:
        return Finding(
            what, Verdict.UNKNOWN, f"The name servers did not answer ({error}). Try it again later."
        )


def answer(name: str, kind: str) -> list[str]:
    """The records of a name; empty if there is none. Raises NoAnswerError."""
    import dns.exception
    import dns.resolver  # 3 MB that only this page of the desk needs

    try:
        resolver = dns.resolver.Resolver()
        resolver.lifetime = SECONDS
        found = resolver.resolve(name, kind, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswerError(type(error).__name__) from error
    if kind == "TXT":
        return [b"".join(one.strings).decode("ascii", "replace") for one in found]
    return [str(one.to_text()) for one in found]


# ---- one thing each ----
def spf(domain: str, ask: Ask) -> Finding:
    """Who may send mail with this name on the envelope."""
    records = [one for one in ask(domain, "TXT") if one.lower().startswith("v=spf1")]
    if not records:
        return Finding(
            "SPF", Verdict.BAD, f"{domain} does not say who may send mail for it. Many providers then refuse it.",
            f"Add a TXT record to {domain}: the text your mail provider gives you, beginning with v=spf1.",
        )  # fmt: skip
    if len(records) > 1:
        return Finding(
            "SPF", Verdict.BAD, f"{domain} says it {len(records)} times, and then none of them counts.",
            "Make one record of them: one v=spf1 in front, one “all” at the end.",
        )  # fmt: skip
    [record] = records
    if len(LOOKUP.findall(record)) > MOST_LOOKUPS:
        return Finding(
            "SPF", Verdict.BAD, f"The record of {domain} needs more than {MOST_LOOKUPS} others, so it does not count.",
            "Take out providers that you do not use any more.",
        )  # fmt: skip
    end = ALL.search(record)
    if end and end[1] in ("", "+"):
        return Finding(
            "SPF", Verdict.BAD, f"The record of {domain} lets everybody send mail in your name.",
            "End it with ~all or -all instead of +all.",
        )  # fmt: skip
    if (end is None and "redirect=" not in record.lower()) or (end and end[1] == "?"):
        return Finding(
            "SPF", Verdict.WEAK, f"The record of {domain} says who may send, and not that others may not.",
            "End it with ~all.",
        )  # fmt: skip
    return Finding(
        "SPF",
        Verdict.GOOD,
        f"{domain} says who may send mail for it. Is your mail provider among them? {record}",
    )


def dkim(selector: str, domain: str, ask: Ask) -> Finding:
    """The key by which others see that a letter was not altered."""
    if not selector:
        return Finding(
            "DKIM", Verdict.UNKNOWN, "Your mail provider signs letters with a key; nobody told the site its name.",
            "Look up the “selector” at your mail provider and put it into MAIL_DKIM_SELECTORS.",
        )  # fmt: skip
    name = f"{selector}._domainkey.{domain}"
    keys = [found[1] for one in ask(name, "TXT") if (found := re.search(r"(?:^|;)\s*p=([^;]*)", one))]
    if not keys:
        return Finding(
            "DKIM", Verdict.BAD, f"There is no key at {name}.",
            "Add the record that your mail provider gives you for it (TXT or CNAME).",
        )  # fmt: skip
    key = re.sub(r"\s", "", keys[0])
    if not key:
        return Finding(
            "DKIM", Verdict.BAD, f"The key at {name} was called back.", "Use the selector that counts now."
        )
    if len(key) < SHORT_KEY and "k=ed25519" not in " ".join(ask(name, "TXT")).lower():
        return Finding(
            "DKIM",
            Verdict.WEAK,
            f"The key at {name} is a short one.",
            "Ask your mail provider for one of 2048 bits.",
        )
    return Finding("DKIM", Verdict.GOOD, f"There is a key at {name}.")


def dmarc(domain: str, ask: Ask) -> Finding:
    """What others shall do with mail that is neither."""
    above = ".".join(domain.split(".")[-2:])
    records = [
        one
        for name in dict.fromkeys((domain, above))
        for one in ask(f"_dmarc.{name}", "TXT")
        if one.lower().startswith("v=dmarc1")
    ]
    if not records:
        return Finding(
            "DMARC", Verdict.BAD, f"{domain} does not say what to do with mail that only pretends to be yours.",
            f"Add a TXT record to _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:your address",
        )  # fmt: skip
    policy = re.search(r"(?:^|;)\s*p\s*=\s*(\w+)", records[0], re.IGNORECASE)
    if policy is None or policy[1].lower() not in ("none", "quarantine", "reject"):
        return Finding(
            "DMARC",
            Verdict.BAD,
            f"The record cannot be understood: {records[0]}",
            "It has to say p=none, at least.",
        )
    if "rua=" not in records[0].lower():
        return Finding(
            "DMARC", Verdict.WEAK, "There is a record, but nobody gets the reports about who sends in your name.",
            "Add rua=mailto:your address to it.",
        )  # fmt: skip
    return Finding(
        "DMARC", Verdict.GOOD, f"There is a record, with p={policy[1].lower()}, and reports are sent."
    )


def answers(domain: str, ask: Ask) -> Finding:
    if has_mailbox(ask(domain, "MX")):
        return Finding("Answers", Verdict.GOOD, f"{domain} takes mail, so that people can answer.")
    return Finding(
        "Answers", Verdict.BAD, f"{domain} takes no mail: an answer to a letter comes back to whoever writes it.",
        f"Add an MX record to {domain}, or send from an address that somebody reads.",
    )  # fmt: skip


def bounced(domain: str, ask: Ask) -> Finding:
    if not domain:
        return Finding(
            "Bounces", Verdict.UNKNOWN, "What cannot be delivered comes back to the sender’s own address.",
            "Give bounces a domain of their own (BOUNCE_DOMAIN), or use your mail provider’s webhooks.",
        )  # fmt: skip
    if has_mailbox(ask(domain, "MX")):
        return Finding(
            "Bounces", Verdict.GOOD, f"What cannot be delivered comes back to {domain}, which takes mail."
        )
    return Finding(
        "Bounces", Verdict.BAD, f"{domain} takes no mail: nobody hears which addresses do not exist.",
        f"Add an MX record to {domain} that leads to the mailbox of BOUNCE_MAILBOX.",
    )  # fmt: skip


def has_mailbox(records: list[str]) -> bool:
    """A single dot is the way to say that a name takes none (RFC 7505)."""
    return any(one.split()[-1] != "." for one in records if one.strip())

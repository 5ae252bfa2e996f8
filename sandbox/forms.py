"""What the pay page asks. Faults are told field by field, in words that say what to do."""

import re
from typing import Any

from django import forms

from sandbox import cards, ibans
from sandbox.cards import Card
from sandbox.core import Payer
from sandbox.ibans import Account

HOW_DATES_LOOK = "Type month and year, like 08\u00a0/\u00a029."  # spaces that do not break


class AddressForm(forms.Form):
    """An address, which is all that is asked when nothing is to pay. Give `email` if the seller has fixed it."""

    email = forms.EmailField(
        error_messages={
            "required": "Type your email address.",
            "invalid": "Check the email address: it should look like ann@example.org.",
        },
    )

    def __init__(self, *args: Any, email: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if email:
            self.fields["email"].disabled = True
            self.initial["email"] = email

    @property
    def payer(self) -> Payer:
        return Payer(email=self.cleaned_data["email"], name=self.cleaned_data.get("name", ""))


class BankForm(AddressForm):
    """A debit of a bank account."""

    name = forms.CharField(
        max_length=100, error_messages={"required": "Type the name of the account’s owner."}
    )
    iban = forms.CharField(max_length=60, error_messages={"required": "Type the IBAN of the account."})

    def clean_iban(self) -> Account:
        account = ibans.find(self.cleaned_data["iban"])
        if account is None:
            raise forms.ValidationError(
                "This is not one of the practice IBANs. Never type a real one here; this one was not kept."
            )
        return account

    def typed_iban(self) -> str:
        """What to show again in the IBAN field: a practice account, never anything else."""
        typed = str(self.data.get("iban", ""))
        return typed if ibans.find(typed) else ""

    @property
    def account(self) -> Account:
        account: Account = self.cleaned_data["iban"]
        return account


class CardForm(AddressForm):
    """A card. Give `month` as (year, month) of today."""

    name = forms.CharField(max_length=100, error_messages={"required": "Type the name that is on the card."})
    number = forms.CharField(max_length=40, error_messages={"required": "Type a card number."})
    expiry = forms.CharField(max_length=9, error_messages={"required": HOW_DATES_LOOK})
    code = forms.CharField(
        max_length=4, error_messages={"required": "Type the 3 digits on the back of the card."}
    )

    def __init__(self, *args: Any, month: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.month = month

    def clean_number(self) -> Card:
        card = cards.find(self.cleaned_data["number"])
        if card is None:
            raise forms.ValidationError(
                "This is not one of the practice cards. Never type a real card here; this one was not kept."
            )
        return card

    def clean_expiry(self) -> tuple[int, int]:
        match = re.fullmatch(
            r"(\d{1,2})\s*[/-]?\s*(\d{2}|\d{4})", self.cleaned_data["expiry"].strip(), re.ASCII
        )
        if not match or not 1 <= int(match[1]) <= 12:
            raise forms.ValidationError(HOW_DATES_LOOK)
        month, year = int(match[1]), int(match[2]) % 100 + 2000
        if (year, month) < self.month:
            raise forms.ValidationError("This date has passed. Type one in the future.")
        return month, year

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not re.fullmatch(r"\d{3,4}", code, re.ASCII):
            raise forms.ValidationError("Type the 3 digits on the back of the card.")
        return code

    def typed_number(self) -> str:
        """What to show again in the number field: a practice card, never anything else."""
        typed = str(self.data.get("number", ""))
        return typed if cards.find(typed) else ""

    @property
    def card(self) -> Card:
        card: Card = self.cleaned_data["number"]
        return card

    @property
    def payer(self) -> Payer:
        data = self.cleaned_data
        return Payer(email=data["email"], name=data["name"], expiry=data["expiry"])


class NewCardForm(CardForm):
    """A card in another one's place. No payment is made, so no bank asks anything."""

    def clean_number(self) -> Card:
        card = super().clean_number()
        if card.challenge:
            raise forms.ValidationError(
                "This practice card asks the bank first, which is not played on this page. Use another one."
            )
        return card

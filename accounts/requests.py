"""The request of somebody who is signed in: LoginRequiredMiddleware sees to it in every view not marked public."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    user: User

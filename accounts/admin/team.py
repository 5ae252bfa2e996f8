"""Who sits at the desk, in which role; asking somebody in, and taking a place away. For owners."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from accounts import desk, invitations, roles
from accounts.models import Invitation, User
from coursesite.lib import clock

CHOICES = [(name, words[0].upper() + words[1:]) for name, words in invitations.WORDS.items()]
TEAM = "admin:accounts_user_team"


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email address")
    role = forms.ChoiceField(
        label="Role", choices=CHOICES[::-1], widget=forms.RadioSelect, initial=roles.ASSISTANT
    )


class Team(admin.ModelAdmin[User]):
    """For the admin of accounts."""

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "accounts_user_team"
        return [
            path("team/", view(self.team), name=name),
            path("team/<int:pk>/role/", view(self.change_role), name=f"{name}_role"),
            path("team/<int:pk>/away/", view(self.away), name=f"{name}_away"),
            path("team/invitation/<int:invitation>/", view(self.withdraw), name=f"{name}_withdraw"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"may_give_roles": roles.is_owner(request.user), **(extra_context or {})}
        )

    def team(self, request: HttpRequest) -> HttpResponse:
        """Everybody at the desk; posted, somebody is asked in."""
        by = owner(request)
        form = InviteForm(request.POST or None, label_suffix="")
        if form.is_valid():
            try:
                invitations.invite(**form.cleaned_data, by=by, now=clock.now())
            except invitations.MemberError:
                form.add_error(
                    "email", "This person sits at the desk already. Change the role in the list above."
                )
            else:
                messages.success(
                    request, f"A letter with a link is on its way to {form.cleaned_data['email']}."
                )
                return redirect(TEAM)
        factor = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        people = User.objects.filter(is_staff=True).annotate(factor=factor).prefetch_related("groups")
        context = self.around(request, "Who sits at the desk") | {
            "form": form,
            "people": [(one, roles.of(one)) for one in people],
            "names": roles.NAMES,
            "waiting": Invitation.objects.open(clock.now()),
            "me": by,
        }
        return render(request, "accounts/desk/team.html", context)

    def change_role(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another role for somebody; posted only."""
        by, user, role = owner(request), member(pk), request.POST.get("role", "")
        if request.method == "POST" and role in roles.NAMES:
            try:
                if roles.change(user=user, role=role, by=by, now=clock.now()):
                    messages.success(request, f"{user} is {role.lower()} now.")
            except (roles.NotOwnerError, roles.OwnRoleError) as error:
                messages.error(request, words(error))
        return redirect(TEAM)

    def away(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What it means, then it is done."""
        by, user = owner(request), member(pk)
        if request.method == "POST":
            try:
                if roles.take_away(user=user, by=by, now=clock.now()):
                    messages.success(
                        request, f"{user} has no place at the desk any more. Every session has ended."
                    )
            except (roles.NotOwnerError, roles.OwnRoleError) as error:
                messages.error(request, words(error))
            return redirect(TEAM)
        return render(
            request, "accounts/desk/away.html", self.around(request, f"Take away: {user}") | {"person": user}
        )

    def withdraw(self, request: HttpRequest, invitation: int) -> HttpResponse:
        owner(request)
        found = get_object_or_404(Invitation, pk=invitation)
        if request.method == "POST" and invitations.withdraw(invitation=found, now=clock.now()):
            messages.success(
                request, f"The invitation of {found.email} is withdrawn; its link leads nowhere."
            )
        return redirect(TEAM)

    def around(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}


def owner(request: HttpRequest) -> User:
    """Raises PermissionDenied for everybody else."""
    if not roles.is_owner(request.user):
        raise PermissionDenied
    return desk.actor(request)


def member(pk: int) -> User:
    return get_object_or_404(User, pk=pk, is_staff=True)


def words(error: Exception) -> str:
    if isinstance(error, roles.OwnRoleError):
        return "Nobody changes their own role: ask another owner. So the desk never stands without one."
    return "You are no owner any more."

"""What each role at the desk may do: words of Django's own permissions, "app.*" for all of an app.

The coach writes, sees people and money. The assistant answers people, lets them in, reads letters and pauses them;
money, content and accounts are not hers to see or to change. The owner does everything; also gives the roles.
A new model is the owner's and the coach's at once, and the assistant's once it is named here.
"""

OWNER, COACH, ASSISTANT = "Owner", "Coach", "Assistant"
RIGHTS: dict[str, tuple[str, ...]] = {
    OWNER: ("accounts.*", "auth.*", "courses.*", "mailing.*", "payments.*", "admin.view_logentry"),
    COACH: (
        "accounts.view_user", "accounts.add_user", "accounts.change_user", "courses.*", "mailing.*", "payments.*",
        "admin.view_logentry",
    ),
    ASSISTANT: (
        "accounts.view_user",
        "courses.view_course", "courses.view_module", "courses.view_lesson", "courses.view_exercise",
        "courses.view_illustration", "courses.view_page", "courses.view_enrolment", "courses.view_grant",
        "courses.add_grant",
        "mailing.view_contact", "mailing.change_contact", "mailing.view_consent", "mailing.view_letter",
        "mailing.view_run", "mailing.view_sequence", "mailing.view_step", "mailing.view_steprevision",
        "mailing.view_broadcast", "mailing.pause_sequence",
    ),
}  # fmt: skip

"""The letters of content/ for tests: imported once in a run, then brought back as the rows they became."""

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from mailing.models import Sequence, Step, StepRevision

TABLES: tuple[type[Model], ...] = (Sequence, Step, StepRevision)  # all that the import fills
kept: dict[type[Model], list[Model]] = {}


def bring_in() -> None:
    """What `import_letters` does to a database without letters, and the command itself where there are some."""
    is_empty = not any(table._default_manager.exists() for table in TABLES)
    if not kept or not is_empty:
        call_command("import_letters", verbosity=0)
        if is_empty:
            kept.update({table: list(table._default_manager.all()) for table in TABLES})
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in kept.items():
            table._default_manager.bulk_create(rows)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(TABLES)):
            cursor.execute(statement)

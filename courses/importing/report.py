"""What an import did, in plain words."""

from dataclasses import dataclass, field


class BadContent(Exception):
    """Files that cannot be taken in. Each fault names its file and says in plain words what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Report:
    """Rows by what happened to them; `kept` were edited by hand since the last import and left alone."""

    name: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    same: int = 0

    @property
    def lines(self) -> list[str]:
        moved = f"{len(self.added)} added, {len(self.changed)} changed, {len(self.archived)} archived"
        told = [f"{self.name}: {moved}, {self.same} unchanged"]
        told += [f"  archived {one}" for one in self.archived]
        told += [f"  kept as edited by hand: {one}" for one in self.kept]
        return told + [f"  warning: {one}" for one in self.warnings]

"""How a command ends: exit codes, and failures that carry one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `send` and `receive`; scripts rely on them."""

    DONE = 0
    ERROR = 1
    """We erred."""
    USAGE = 2
    NOBODY_CAME = 3
    WRONG_CODE = 4
    """Or one that is burnt, used up or unknown."""
    DECLINED = 5
    NO_PATH = 6
    SERVER_UNREACHABLE = 7
    INTEGRITY = 8
    DISK = 9
    """Space, permission, conflict."""
    UNSAFE_NAME = 10
    INTERRUPTED = 11
    """The transfer broke off, or was stopped at the other end."""
    CTRL_C = 130

    @property
    def word(self) -> str:
        """The stable name that `--json` gives in `error.code`: `wrong_code`."""
        return self.name.lower()


class Failed(Exception):
    """A command ends here. `sentence` says what happened and why, `hint` what to try."""

    def __init__(self, exit: Exit, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.exit, self.sentence, self.hint = exit, sentence, hint

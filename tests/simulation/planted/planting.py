"""How a bug is planted: a function's text is read, changed in one place, compiled again, and put
where the function was, in this process, while a block runs.
"""

from __future__ import annotations
import __future__

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from unittest.mock import patch


class DoesNotFit(Exception):
    """The text to be changed is not there exactly once: the engine was changed, and the plant has
    to follow.
    """


@dataclass(frozen=True)
class Edit:
    """`old` becomes `new` in the text of a function, a method or a property of the engine."""

    function: object
    old: str
    new: str

    def compiled(self) -> Any:
        """The function as it is with the edit, in the namespace of its module; DoesNotFit."""
        function = self._plain()
        text = textwrap.dedent(inspect.getsource(function))
        if text.count(self.old) != 1:
            where = f"{function.__module__}.{function.__qualname__}"
            raise DoesNotFit(f"{where}: {self.old!r} stands there {text.count(self.old)} times")
        code = compile(
            text.replace(self.old, self.new),
            f"<planted in {function.__module__}>",
            "exec",
            flags=__future__.annotations.compiler_flag,
            dont_inherit=True,
        )
        made: dict[str, Any] = {}
        exec(code, sys.modules[function.__module__].__dict__, made)
        return made[function.__name__]

    def _plain(self) -> FunctionType:
        named = self.function.fget if isinstance(self.function, property) else self.function
        assert callable(named)
        found = inspect.unwrap(named)
        assert isinstance(found, FunctionType)
        return found

    def places(self) -> Iterator[tuple[object, str]]:
        """(what has it, by which name): its class, or every module that knows it."""
        function = self._plain()
        name = function.__name__
        owners = function.__qualname__.split(".")[:-1]
        if owners:
            owner: object = sys.modules[function.__module__]
            for part in owners:
                owner = getattr(owner, part)
            yield owner, name
            return
        for module in list(sys.modules.values()):
            if vars(module).get(name) is self.function:
                yield module, name


def instead(function: object, old: str, new: str) -> Edit:
    """The edit, also of a property."""
    return Edit(function, old, new)


@dataclass(frozen=True)
class Plant:
    """A bug. says: what goes wrong, in one sentence. mix: of the lives that meet it."""

    name: str
    says: str
    edits: tuple[Edit, ...]
    mix: str = "usual"

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The bug is there while the block runs."""
        with ExitStack() as stack:
            for edit in self.edits:
                made = edit.compiled()
                for owner, name in edit.places():
                    stack.enter_context(patch.object(owner, name, made))
            yield


def plant(name: str, says: str, *edits: Edit, mix: str = "usual") -> Plant:
    """A bug by name."""
    return Plant(name, says, edits, mix)

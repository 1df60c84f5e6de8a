"""Questions that one room asks and every app may answer.

The room that asks keeps a Registry; the apps register their answers in `ready()` of their apps.py.
So who asks does not know who answers, and a name that is wrong is found when the site starts.
"""

from collections.abc import Iterator


class Registry[T]:
    """Answers in the order of INSTALLED_APPS, and of registration within an app."""

    def __init__(self, *answers: T) -> None:
        self._answers: list[T] = []
        self.register(*answers)

    def register(self, *answers: T) -> None:
        """Add answers. Raises ValueError for one that is registered already."""
        for answer in answers:
            if answer in self._answers:
                raise ValueError(f"{answer} is registered twice.")
            self._answers.append(answer)

    def __iter__(self) -> Iterator[T]:
        return iter(self._answers)

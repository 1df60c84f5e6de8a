"""Questions that one package asks and every app may answer.

The package has a Registry, and apps register their answers in `ready()` of their apps.py. So the
package does not import the apps, and a wrong name fails when the site starts.
"""

from collections.abc import Iterator


class Registry[T]:
    """Answers in the order of INSTALLED_APPS, and of registration within an app."""

    def __init__(self, *answers: T) -> None:
        self._answers: list[T] = []
        self.register(*answers)

    def register(self, *answers: T) -> None:
        """Add answers. Raises ValueError for one that is already registered."""
        for answer in answers:
            if answer in self._answers:
                raise ValueError(f"{answer} is registered twice.")
            self._answers.append(answer)

    def __iter__(self) -> Iterator[T]:
        return iter(self._answers)

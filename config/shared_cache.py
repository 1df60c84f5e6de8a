"""A cache that all processes share (CACHE_URL), and without which the site still works."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)


class SharedCache(RedisCache):
    """A cache that is empty while its server is away: all that it keeps can be computed again."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        wait = {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 0)}
        super().__init__(server, params | {"OPTIONS": wait})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _or(default, super().get, key, default, version)

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = _or({}, super().get_many, *args, **kwargs)
        return found

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(_or(True, super().add, *args, **kwargs))

    def set(self, *args: Any, **kwargs: Any) -> None:
        with suppress(RedisError):
            super().set(*args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(_or([], super().set_many, *args, **kwargs))


def _or(default: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return ask(*args, **kwargs)
    except RedisError as error:
        logger.warning("The shared cache does not answer: %s", type(error).__name__)
        return default

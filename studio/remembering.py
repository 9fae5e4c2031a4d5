"""Results kept for values that never change, by identity: hashing a timeline costs more than what is asked of it."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

KEPT = 64
_Result = TypeVar("_Result")


def remembered(make: Callable[..., _Result]) -> Callable[..., _Result]:
    """The function with its last results kept. Its first argument is an immutable value; the others can be hashed.

    The value is kept too, so that its identity is not given to another one meanwhile. Safe in any thread.
    """
    found: OrderedDict[tuple[int, Any], tuple[object, _Result]] = OrderedDict()
    lock = threading.Lock()

    @functools.wraps(make)
    def ask(value: object, *rest: Any) -> _Result:
        key = (id(value), rest)
        with lock:
            known = found.get(key)
        if known is not None:
            return known[1]
        result = make(value, *rest)
        with lock:
            found[key] = (value, result)
            while len(found) > KEPT:
                found.popitem(last=False)
        return result

    return ask

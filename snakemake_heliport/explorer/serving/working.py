"""Work beside the event loop, in threads that do not keep the process alive: Ctrl-C ends it whatever they do."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def beside(work: Callable[[], T]) -> T:
    """Return what work returns, or raise what it raises, without keeping others waiting."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(found: T | None, problem: BaseException | None) -> None:
        if done.done():
            return
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(found)  # type: ignore[arg-type]  # None only where T is

    def run() -> None:
        found, problem = None, None
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 (told to who waits)
            problem = error
        # Nobody waits once the server has ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, found, problem)

    threading.Thread(target=run, name="heliport-answer", daemon=True).start()
    return await done

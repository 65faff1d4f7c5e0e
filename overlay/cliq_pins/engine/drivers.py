"""The two drivers: each runs a flow to its end, one blocking, one awaiting."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from .effects import Answer, Do, Effect, Failure, Finish, Flow, Instant, Now, Send, Sleep, Wait

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> Instant:
        """Tell the time."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass in this thread."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass in this task."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> Instant:
        """Tell the time."""
        return Instant(time.monotonic(), time.time())

    def sleep(self, seconds: float) -> None:
        """Let time pass in this thread."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass in this task."""
        import asyncio

        await asyncio.sleep(seconds)


class Sender(Protocol):
    """What sends a request, blocking."""

    def send(self, send: Send) -> Answer | Failure:
        """Send one request."""
        ...


class AsyncSender(Protocol):
    """What sends a request, awaiting."""

    async def send(self, send: Send) -> Answer | Failure:
        """Send one request."""
        ...


def run(flow: Flow[T], sender: Sender, clock: Clock) -> T:
    """Run a flow in this thread."""
    result: Any = None
    error: BaseException | None = None
    try:
        while True:
            try:
                try:
                    effect = flow.send(result) if error is None else flow.throw(error)
                except StopIteration as end:  # it is the flow's; one that an effect raises is an error
                    value: T = end.value
                    return value
                error = None
                result = _perform(effect, sender, clock)
            except BaseException as raised:
                if cast(Any, flow).gi_frame is None:  # it is what the flow ended with
                    raise
                error = raised  # the flow is told, and raises it again
    finally:
        del error  # it holds this frame


def _perform(effect: Effect, sender: Sender, clock: Clock) -> Any:
    match effect:
        case Now():
            return clock.now()
        case Send():
            return sender.send(effect)
        case Sleep():
            return clock.sleep(effect.seconds)
        case Do():
            return effect.act()
        case Wait():
            from concurrent.futures import wait  # here and below: those who never need it need not load it

            wait([effect.future], effect.seconds)
            return None
        case Finish():
            return run(effect.flow, sender, clock)


async def run_async(flow: Flow[T], sender: AsyncSender, clock: Clock) -> T:
    """Run a flow in this task."""
    result: Any = None
    error: BaseException | None = None
    try:
        while True:
            try:
                try:
                    effect = flow.send(result) if error is None else flow.throw(error)
                except StopIteration as end:
                    value: T = end.value
                    return value
                error = None
                result = await _perform_async(effect, sender, clock)
            except BaseException as raised:
                if cast(Any, flow).gi_frame is None:  # it is what the flow ended with
                    raise
                error = raised  # the flow is told, and raises it again
    finally:
        del error  # it holds this frame


async def _perform_async(effect: Effect, sender: AsyncSender, clock: Clock) -> Any:
    match effect:
        case Now():
            return clock.now()
        case Send():
            return await sender.send(effect)
        case Sleep():
            return await clock.sleep_async(effect.seconds)
        case Do():
            return await _do_async(effect)
        case Wait():
            import asyncio

            _end_abandoned()
            await asyncio.wait([asyncio.wrap_future(effect.future)], timeout=effect.seconds)
            return None
        case Finish():
            return await _finish_async(effect, sender, clock)


async def _do_async(do: Do) -> Any:
    """Do it in a thread. A task that is cancelled does not wait for the end, and what was done is taken back."""
    import asyncio

    doing = asyncio.get_running_loop().run_in_executor(None, _act, do)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        undo = do.undo

        def take_back(done: asyncio.Future[Any]) -> None:
            if not done.cancelled() and done.exception() is None and undo is not None:
                undo()

        doing.add_done_callback(take_back)
        raise


def _act(do: Do) -> Any:
    try:
        return do.act()
    except StopIteration as error:  # a future cannot hold it, and nobody would be told
        raise RuntimeError("a store raised StopIteration") from error


_finishing: set[asyncio.Task[Any]] = set()
"""Tasks that are to end by themselves: an event loop alone does not keep them alive."""


def _end_abandoned() -> None:
    """End the tasks of event loops that were closed around them: others wait for what they hold."""
    for task in list(_finishing):
        if task.get_loop().is_closed():
            _finishing.discard(task)
            with suppress(Exception):  # such as that nothing can be awaited any more
                cast(Any, task.get_coro()).close()


async def _finish_async(finish: Finish, sender: AsyncSender, clock: Clock) -> Any:
    """Run a flow in a task of its own. One that nobody waits for any more tells its error to nobody."""
    import asyncio

    _end_abandoned()
    task = asyncio.create_task(run_async(finish.flow, sender, clock))
    _finishing.add(task)
    task.add_done_callback(_finishing.discard)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(task)

"""What can be observed of calls: events, log lines and spans; none of them tells an id, a title or a secret."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cliq_pins import AsyncCliqPins, CallOptions, CliqError, CliqPins, ConfigurationError, Credentials, Hooks
from cliq_pins.hooks import CALLBACKS, Event, RequestEvent, ResponseEvent
from cliq_pins.simulator import Fault, Simulator
from cliq_pins.telemetry import traced
from cliq_pins.testing import board, connect, connect_async, folder

URL = "https://cliq.zoho.com/api/v3"


def listening(told: list[Event]) -> Hooks:
    return Hooks(**dict.fromkeys(CALLBACKS.values(), told.append))  # type: ignore[arg-type]  # each takes its own


def simulated() -> Simulator:
    return Simulator(board(folder("Secret plans", "C1"), folder("B")))


def failing(operation: str, *, times: int = 1, status: int = 500) -> Simulator:
    simulator = simulated()
    simulator.script(
        Fault(on=operation, phase="before", action="status", every=1, count=times, args={"status": status})
    )
    return simulator


def names(told: list[Event]) -> list[str]:
    return [type(one).__name__ for one in told]


def test_each_hook_is_told_of_its_own_kind_of_event() -> None:
    told: list[tuple[str, str]] = []

    def telling(name: str) -> Any:
        return lambda event: told.append((name, type(event).__name__))

    simulator = failing("getPinCategories")
    signed = {"credentials": Credentials(**simulator.sign_up()), "accounts_url": "https://accounts.zoho.com"}
    hooks = Hooks(**{name: telling(name) for name in CALLBACKS.values()})
    pins = connect(simulator, hooks=hooks, base_url=URL, max_wait=600, **signed)
    for _ in range(20):
        pins.board()
    assert set(told) == {
        ("on_request", "RequestEvent"),
        ("on_response", "ResponseEvent"),
        ("on_retry", "RetryEvent"),
        ("on_wait", "WaitEvent"),
        ("on_refresh", "RefreshEvent"),
    }


@pytest.mark.parametrize("name", CALLBACKS.values())
def test_a_hook_that_would_have_to_be_awaited_is_refused(name: str) -> None:
    async def hook(event: Any) -> None: ...

    with pytest.raises(ConfigurationError, match=f"hooks: {name} must be a plain function: nobody would await it"):
        Hooks(**{name: hook})

    class Hook:
        async def __call__(self, event: Any) -> None: ...

    with pytest.raises(ConfigurationError, match=f"hooks: {name} must be a plain function: nobody would await it"):
        Hooks(**{name: Hook()})
    with pytest.raises(ConfigurationError, match=f"hooks: {name} must be a plain function: nobody would await it"):
        Hooks(**{name: partial(partial(hook), None)})
    with pytest.raises(ConfigurationError, match=f"hooks: {name} must be a function, not int"):
        Hooks(**{name: 5})  # type: ignore[arg-type]  # just that


def test_only_hooks_can_be_traced() -> None:
    with pytest.raises(ConfigurationError, match="traced: Hooks are wanted, not builtin_function_or_method"):
        traced(print)  # type: ignore[arg-type]  # just that
    assert traced().on_request is not None
    assert traced().on_retry is None


@pytest.mark.parametrize("how", ["with_options", "options"])
def test_a_token_is_got_as_the_calls_own_settings_say(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator, told = simulated(), list[Event]()
    signed = {"credentials": Credentials(**simulator.sign_up()), "accounts_url": "https://accounts.zoho.com"}
    pins = connect(simulator, base_url=URL, **signed)
    sent: list[Any] = []
    sender = pins._runner.sender
    send = sender.send
    monkeypatch.setattr(sender, "send", lambda effect: (sent.append(effect), send(effect))[1])
    if how == "with_options":
        pins.with_options(hooks=listening(told), timeout=1.5).board()
        assert names(told)[0] == "RefreshEvent"
    else:
        pins.board(options=CallOptions(timeout=1.5))
    assert [one.timeout for one in sent] == [1.5, 1.5]


def test_a_call_tells_of_its_request_and_its_answer() -> None:
    simulator, told = simulated(), list[Event]()
    connect(simulator, hooks=listening(told)).board()
    request, response = told
    assert isinstance(request, RequestEvent)
    assert isinstance(response, ResponseEvent)
    assert (request.operation, request.method, request.attempt) == ("getPinCategories", "GET", 1)
    assert (request.url, request.host) == (f"{URL}/pin-categories", "cliq.zoho.com")
    assert (response.status, response.code, response.failure) == (200, None, None)
    assert response.size > 50
    assert request.call == response.call


def test_a_retry_is_told_between_its_two_requests_and_belongs_to_the_same_call() -> None:
    simulator, told = failing("getPinCategories"), list[Event]()
    connect(simulator, hooks=listening(told)).board()
    assert names(told) == ["RequestEvent", "ResponseEvent", "RetryEvent", "RequestEvent", "ResponseEvent"]
    assert len({one.call for one in told}) == 1  # type: ignore[union-attr]  # these have one
    retry: Any = told[2]
    assert (retry.attempt, retry.reason) == (1, "server")
    assert retry.seconds > 0
    assert [one.attempt for one in told if isinstance(one, RequestEvent)] == [1, 2]


def test_the_seconds_of_a_request_leave_out_what_was_waited_before() -> None:
    simulator, told = simulated(), list[Event]()
    pins = connect(simulator, hooks=listening(told), max_wait=600)
    for _ in range(20):
        pins.board()
    assert "WaitEvent" in names(told)
    assert [one.seconds for one in told if isinstance(one, ResponseEvent)] == [0.0] * 20


def test_a_refusal_tells_its_code() -> None:
    simulator, told = simulated(), list[Event]()
    with pytest.raises(CliqError) as caught:
        connect(simulator, hooks=listening(told)).folders.delete("4711", unpin_all=False)
    response: Any = told[-1]
    assert (response.status, response.code) == (caught.value.status, caught.value.code)
    assert response.code


def test_a_new_token_is_told() -> None:
    simulator, told = simulated(), list[Event]()
    credentials = Credentials(**simulator.sign_up())
    connect(simulator, credentials=credentials, accounts_url="https://accounts.zoho.com", hooks=listening(told)).board()
    assert names(told) == ["RefreshEvent", "RequestEvent", "ResponseEvent"]


def test_no_event_and_no_log_line_has_an_id_a_title_or_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    simulator, told = simulated(), list[Event]()
    token = simulator.token()
    pins = connect(simulator, token=token, hooks=listening(told))
    one = pins.board().folder("Secret plans")
    pins.folders.update(one, title="More secrets")
    pins.folders.remove_chats(one, ["C1"])
    with pytest.raises(CliqError):
        pins.folders.delete("no such folder", unpin_all=True)
    text = "".join(map(repr, told)) + caplog.text
    assert "deletePinCategory" in text
    for hidden in (token, one.id, "ecrets", "C1", "no such"):
        assert hidden not in text


@pytest.mark.parametrize("told_once", [False, True])
def test_that_the_server_does_not_tell_the_time_is_logged_once(
    told_once: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is logged where it told the time before: a clock that is known goes on."""
    simulator = simulated()
    pins = connect(simulator)
    if told_once:
        pins.board()
    simulator.script(Fault(on="*", phase="after", action="headers", args={"remove": ["date"]}, every=1))
    for _ in range(3):
        pins.board()
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert said == ([] if told_once else ["getPinCategories: no usable Date in the answer; the local clock has to do"])


def test_what_a_hook_raises_is_logged_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Event) -> None:
        raise ValueError("broken")

    pins = connect(simulated(), hooks=Hooks(on_request=broken, on_response=broken))
    assert len(pins.board().folders) == 2
    assert caplog.text.count("a hook raised an error; the call goes on") == 2


def cancel(error: BaseException) -> Callable[..., Any]:
    def raising(*_: object) -> Any:
        raise error

    return raising


def test_a_call_that_is_cancelled_on_its_way_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[Event]()
    pins = connect(simulated(), hooks=listening(told))
    monkeypatch.setattr("cliq_pins.http.HTTPSender.send", cancel(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        pins.board()
    response: Any = told[-1]
    assert (response.status, response.failure) == (None, "cancelled")


# Spans


class Traces:
    """Keeps the spans of calls."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def hooks(self, own: Hooks | None = None) -> Hooks:
        return traced(own, tracer_provider=self.provider)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def traces() -> Traces:
    return Traces()


def test_no_span_is_kept_once_its_request_is_over() -> None:
    begun: list[Any] = []

    class Watching(SimpleSpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            begun.append(weakref.ref(span))

    provider = TracerProvider()
    provider.add_span_processor(Watching(InMemorySpanExporter()))
    hooks = traced(tracer_provider=provider)
    connect(Simulator(), hooks=hooks).board()
    gc.collect()
    assert [span() for span in begun] == [None]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def in_turn(pins: CliqPins) -> object:
    return pins.board()


def as_task(pins: AsyncCliqPins) -> object:
    return asyncio.run(pins.board())  # type: ignore[arg-type]  # it is a coroutine


@pytest.mark.parametrize(("connected", "act"), [(connect, in_turn), (connect_async, as_task)])
def test_a_request_is_a_span_by_the_conventions(traces: Traces, connected: Any, act: Any) -> None:
    with traces.provider.get_tracer("test").start_as_current_span("job") as job:
        act(connected(simulated(), hooks=traces.hooks()))
    span, _ = traces.spans
    assert (span.name, span.kind, span.status.status_code) == ("GET /pin-categories", SpanKind.CLIENT, StatusCode.UNSET)
    assert span.parent is not None
    assert span.parent.span_id == job.get_span_context().span_id
    assert attributes(span) == {
        "http.request.method": "GET",
        "server.address": "cliq.zoho.com",
        "server.port": 443,
        "url.full": f"{URL}/pin-categories",
        "url.template": "/pin-categories",
        "http.response.status_code": 200,
        "cliq_pins.operation": "getPinCategories",
    }


def test_each_attempt_is_a_span_and_a_failure_is_an_error(traces: Traces) -> None:
    simulator = failing("getPinCategories", times=2)
    connect(simulator, hooks=traces.hooks()).board()
    assert [one.status.status_code for one in traces.spans] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
    assert [attributes(one).get("http.request.resend_count") for one in traces.spans] == [None, 1, 2]
    assert [attributes(one).get("error.type") for one in traces.spans] == ["500", "500", None]


def test_a_refusal_has_its_code_and_no_id_is_told(traces: Traces) -> None:
    with pytest.raises(CliqError):
        connect(simulated(), hooks=traces.hooks()).folders.delete("4711", unpin_all=False)
    (span,) = traces.spans
    assert attributes(span)["cliq_pins.code"]
    assert "4711" not in span.to_json()


def test_no_span_stays_open_after_a_cancelled_call(traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = connect(simulated(), hooks=traces.hooks())
    monkeypatch.setattr("cliq_pins.http.HTTPSender.send", cancel(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        pins.board()
    (span,) = traces.spans
    assert attributes(span)["error.type"] == "cancelled"


def test_hooks_of_ones_own_are_called_as_well(traces: Traces) -> None:
    told = list[Event]()
    connect(simulated(), hooks=traces.hooks(listening(told))).board()
    assert names(told) == ["RequestEvent", "ResponseEvent"]
    assert len(traces.spans) == 1


class Broken(SimpleSpanProcessor):
    """Fails at the beginning or the end of every span."""

    def __init__(self, at: str) -> None:
        super().__init__(InMemorySpanExporter())
        self.at = at

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if self.at == "start":
            raise RuntimeError("no spans today")

    def on_end(self, span: Any) -> None:
        if self.at == "end":
            raise RuntimeError("no spans today")


@pytest.mark.parametrize(("status", "is_error"), [(400, True), (404, True)])
def test_a_span_says_who_made_it_and_whether_it_went_well(traces: Traces, status: int, is_error: bool) -> None:
    simulator = failing("getPinCategories", status=status)
    pins = connect(simulator, hooks=traces.hooks())
    with pytest.raises(CliqError):
        pins.board()
    pins.board()
    refused, fine = traces.spans
    assert fine.instrumentation_scope is not None
    assert fine.instrumentation_scope.name == "cliq_pins"
    assert fine.instrumentation_scope.version == version("cliq-pins")
    assert (refused.status.status_code is StatusCode.ERROR) == is_error
    assert dict(refused.attributes or {})["error.type"] == str(status)
    assert fine.status.status_code is StatusCode.UNSET
    assert "error.type" not in dict(fine.attributes or {})


@pytest.mark.parametrize("at", ["start", "end"])
def test_spans_that_fail_keep_nobodys_hooks_from_being_called(at: str, caplog: pytest.LogCaptureFixture) -> None:
    provider, told = TracerProvider(), list[Event]()
    provider.add_span_processor(Broken(at))
    connect(simulated(), hooks=traced(listening(told), tracer_provider=provider)).board()
    assert names(told) == ["RequestEvent", "ResponseEvent"]
    assert caplog.text.count("a hook raised an error") == 1, "a span that was never begun has no end that fails"


@pytest.mark.parametrize(
    ("base_url", "port"),
    [("http://pins.test/api/v3", 80), ("https://pins.test/api/v3", 443), ("http://a:81/api/v3", 81)],
)
def test_a_span_has_the_port_of_the_service(traces: Traces, base_url: str, port: int) -> None:
    connect(simulated(), hooks=traces.hooks(), base_url=base_url).board()
    (span,) = traces.spans
    assert dict(span.attributes or {})["server.port"] == port


def test_without_a_provider_it_is_the_applications(traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: traces.provider)
    connect(simulated(), hooks=traced()).board()
    assert len(traces.spans) == 1

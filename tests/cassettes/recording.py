"""A flow becomes a cassette."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vcr.cassette import Cassette

from flows import Flow, Stage
from flows.stage import CHATS, NAMES, PREFIX, Given

from .library import Tape, library, write
from .provenance import CONTRACT, Source, dated
from .sanitise import VERSION, Names, Sanitiser
from .sanitise.fields import clean


def aliases(stage: Stage) -> Mapping[str, str]:
    """What a stage's own chats and titles are called on a cassette."""
    titles = {stage.title(name): f"{PREFIX} {name}" for name in NAMES}
    return {**dict(zip(stage.chats, CHATS, strict=True)), **titles}


class FlowRecording:
    """Keeps what is off the record off it, and notes what the flow started from."""

    def __init__(self, stage: Stage, sanitiser: Sanitiser) -> None:
        self.stage = stage
        self.sanitiser = sanitiser
        self.off = False
        self.noted: Given = {}
        self.date_ms = stage.now_ms()
        self.answered_ms: list[int] = []

    def given(self, make: Callable[[], Given]) -> Given:
        """Make what a flow starts from."""
        self.off = True
        try:
            made = make()
        finally:
            self.off = False
        self.noted, self.date_ms = clean(self.sanitiser.names, made), self.stage.now_ms()
        return made

    def request(self, request: Any) -> Any:
        """A request, sanitised; `None` if it is off the record."""
        return None if self.off else self.sanitiser.request(request)

    def response(self, response: Any) -> Any:
        """A response, sanitised."""
        self.answered_ms.append(self.stage.now_ms() - self.date_ms)
        return self.sanitiser.response(response)

    def label(self, cassette: Cassette, source: Source) -> None:
        """Write on a cassette what it is."""
        said = {"recorded_from": source, "contract": CONTRACT, "sanitiser": VERSION}
        times = {"date": dated(self.date_ms), "answered_ms": self.answered_ms}
        for key, value in {**said, **times, "given": self.noted}.items():
            cassette.get_metadata(key, value)


def record(flow: Flow, stage: Stage, path: Path, *, source: Source = "simulator") -> None:
    """Play a flow on a stage and record it. Nothing is written if the flow fails, or if anything leaks."""
    sanitiser = Sanitiser(Names(aliases(stage)))
    recording = FlowRecording(stage, sanitiser)
    stage.given = recording.given
    tape = Tape()
    own = library(before_record_request=recording.request, before_record_response=recording.response)
    with own.use_cassette("tape", record_mode="all", persister=tape) as cassette:
        flow.play(stage)
        recording.label(cassette, source)
    write(path, tape.text)

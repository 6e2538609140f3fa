"""The stage of a live room: who is shown, by rules above the picker.

A shared screen comes before the host's pin, the pin before whoever speaks. Nobody speaks: the
picture stays. Whoever is on stage leaves or mutes: the stage goes at once to whoever else spoke
last. Times are passed in, in milliseconds; nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lapwing.kernel.refusals import Refusal
from lapwing.spaces.stage.picker import NOBODY, Picker
from lapwing.spaces.stage.preset import CALM, SNAPPY, Preset
from lapwing.spaces.stage.scene import Move, Reason, Scene, Shown
from lapwing.spaces.stage.seats import Seat, Seats
from lapwing.spaces.stage.turns import STEP_FRAMES
from lapwing.spaces.stage.voice import FRAME_MS, SILENCE, Voices

SEATS: Final = 16
"""A host, two co-hosts, ten speakers, and some who come back before they were missed."""
CAUGHT_UP_MS: Final = 1000
"""After a longer pause of the process the time between is left out."""
RING_FRAMES: Final = 25
"""The ring goes out after half a second of silence."""
_LONG_SILENT_FRAMES: Final = 150


class Stage:
    """One room. Feed it with `hear` for every packet and `advance` every 20 ms or so; `scene` is
    what is to be shown, and `advance` says how the stage moved."""

    def __init__(self, preset: Preset = CALM, ring: Preset = SNAPPY, *, seats: int = SEATS) -> None:
        self._seats = Seats()
        self._room = seats
        self._voices = Voices(seats)
        self._picker, self._ring = Picker(seats, preset), Picker(seats, ring)
        self._frame_at_ms: int | None = None
        self._frames = 0
        self._sharing: list[str] = []
        self._pinned: str | None = None
        self._recent: list[str] = []
        self._reason = Reason.FIRST
        self._shown: Shown | None = None
        self._below: str | None = None
        self.scene = Scene()
        self._seen: tuple[int, str | None, str | None] | None = None
        """What the scene was drawn from; None when somebody did something."""

    def join(self, speaker: str, *, camera: bool = False, muted: bool = False) -> None:
        """Somebody takes a seat; the first is on stage until somebody speaks. Again: no change.
        Raises `Refusal` when all seats are taken."""
        if speaker in self._seats:
            return
        if len(self._seats) >= self._room:
            message = f"All {self._room} seats on this stage are taken; one has to become free."
            raise Refusal("stage_full", message)
        seat = self._seats.add(speaker, camera=camera, muted=muted)
        self._voices.clear(seat.number)
        self._seen = None
        if self._picker.holder == NOBODY:
            self._picker.offer(seat.number)
            self._reason = Reason.FIRST

    def leave(self, speaker: str) -> None:
        """A seat is empty: they are shown no more, whatever they shared or had pinned."""
        seat = self._seats.find(speaker)
        if seat is None:
            return
        self._seats.remove(seat)
        self._seen = None
        self.stop_sharing(speaker)
        if self._pinned == speaker:
            self._pinned = None
        self._recent = [other for other in self._recent if other != speaker]
        self._give_up(seat)

    def mute(self, speaker: str) -> None:
        seat = self._seats.find(speaker)
        if seat is not None and not seat.muted:
            seat.muted = True
            self._seen = None
            self._give_up(seat)

    def unmute(self, speaker: str) -> None:
        seat = self._seats.find(speaker)
        if seat is not None:
            seat.muted = False

    def camera(self, speaker: str, *, on: bool) -> None:
        seat = self._seats.find(speaker)
        if seat is not None:
            seat.camera = on
            self._seen = None

    def share_screen(self, speaker: str) -> None:
        """Of several shared screens the latest is shown."""
        if speaker in self._seats:
            self.stop_sharing(speaker)
            self._sharing.append(speaker)
            self._seen = None

    def stop_sharing(self, speaker: str) -> None:
        if speaker in self._sharing:
            self._sharing.remove(speaker)
            self._seen = None

    def pin(self, speaker: str) -> None:
        """The host holds somebody on stage, muted or not, until `unpin` or until they leave."""
        if speaker in self._seats:
            self._pinned = speaker
            self._seen = None

    def unpin(self) -> None:
        self._pinned = None
        self._seen = None

    def hear(self, speaker: str, level: int, at_ms: int) -> None:
        """A packet's RFC 6464 level, 0 (loudest) to 127. From a stranger: nothing."""
        seat = self._seats.find(speaker)
        if seat is not None:
            seat.hear(level, at_ms)

    def advance(self, now_ms: int) -> list[Move]:
        """Decides up to now, and says how what everybody sees has changed."""
        if self._frame_at_ms is None or now_ms - self._frame_at_ms > CAUGHT_UP_MS:
            self._frame_at_ms = now_ms - FRAME_MS
        moves = self._refresh(now_ms)
        while self._frame_at_ms + FRAME_MS <= now_ms:
            self._frame_at_ms += FRAME_MS
            moves += self._frame(self._frame_at_ms)
        return moves

    def _frame(self, at_ms: int) -> list[Move]:
        levels = [SILENCE] * self._room
        for seat in self._seats:
            levels[seat.number] = seat.level(at_ms)
        self._voices.hear(levels)
        self._frames += 1
        if self._frames % STEP_FRAMES:
            return []
        speech = self._voices.speech()
        before = self._picker.holder
        if self._picker.hear(speech) != before:
            self._reason = Reason.SPEECH
        self._ring.hear(speech)
        return self._refresh(at_ms)

    def _give_up(self, seat: Seat) -> None:
        """This seat has nothing to say any more; if it has the stage, the next gets it at once."""
        held = self._picker.holder == seat.number
        heirs = [other for other in self._seats if other is not seat and not other.muted]
        if held and not heirs and seat.speaker in self._seats:
            return
        self._picker.clear(seat.number)
        self._ring.clear(seat.number)
        heirs = heirs or [other for other in self._seats if other is not seat]
        if held and heirs:
            self._picker.offer(max(heirs, key=self._claim).number)
            self._reason = Reason.LEFT

    def _claim(self, seat: Seat) -> tuple[float, float, int, bool]:
        """Who spoke last; else who was on stage last; else who has a camera."""
        turns, recent = self._picker.turns, self._recent
        silent_frames = min(float(turns.silent_frames[seat.number]), _LONG_SILENT_FRAMES)
        stood = recent.index(seat.speaker) if seat.speaker in recent else -1
        return -silent_frames, float(turns.turn_frames[seat.number]), stood, seat.camera

    def _refresh(self, at_ms: int) -> list[Move]:
        now = (self._picker.holder, self._talking(), self._coming())
        if now == self._seen:
            return []
        self._seen = now
        holder = self._seats.of_number(self._picker.holder)
        if holder is not None and self._recent[-1:] != [holder.speaker]:
            self._recent = [other for other in self._recent if other != holder.speaker]
            self._recent.append(holder.speaker)
        self.scene = Scene(self._order(), *now[1:])
        return self._moved(at_ms)

    def _order(self) -> tuple[Shown, ...]:
        """Pictures by precedence: screens, the pin, who has the stage, who had it before."""
        screens = [Shown(speaker, screen=True) for speaker in reversed(self._sharing)]
        pinned = [] if self._pinned is None else [self._pinned]
        others = [seat.speaker for seat in self._seats if seat.speaker not in self._recent]
        people = dict.fromkeys([*pinned, *reversed(self._recent), *others])
        return (*screens, *(self._picture(speaker) for speaker in people))

    def _picture(self, speaker: str) -> Shown:
        seat = self._seats.find(speaker)
        return Shown(speaker, card=seat is None or not seat.camera)

    def _talking(self) -> str | None:
        number = self._ring.holder
        seat = self._seats.of_number(number)
        if seat is None or self._ring.turns.silent_frames[number] > RING_FRAMES:
            return None
        return seat.speaker

    def _coming(self) -> str | None:
        seat = self._seats.of_number(self._picker.coming())
        return None if seat is None else seat.speaker

    def _moved(self, at_ms: int) -> list[Move]:
        """What everybody sees has changed, or nothing has."""
        before, self._shown = self._shown, self.scene.seen_by(None)
        below, self._below = self._below, self._recent[-1] if self._recent else None
        shown = self._shown
        if shown is None or (before and before.same_as(shown)):
            return []
        move = Move(at_ms, shown.speaker, before.speaker if before else None, self._reason)
        if shown.screen:
            return [replace(move, reason=Reason.SCREEN)]
        if shown.speaker == self._pinned:
            return [replace(move, reason=Reason.PIN)]
        if self._below == below:
            return [replace(move, reason=Reason.BACK)]
        because = self._picker.because
        if because is None:
            return [move]
        return [
            replace(
                move,
                turn_ms=because.turn_frames * FRAME_MS,
                silent_ms=because.silent_frames * FRAME_MS,
                arguments=tuple(because.arguments.items()),
            )
        ]

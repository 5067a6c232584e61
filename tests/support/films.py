"""What a recorded file really holds, decoded by FFmpeg: pictures in small, and how loud it is."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pvariance

import av

SCALE = 20
"""Pixels of the recording for one of a picture here."""


@dataclass(frozen=True)
class Picture:
    """A frame in shades of gray, its pixels row by row."""

    at: float
    width: int
    pixels: bytes

    @property
    def mean(self) -> float:
        return fmean(self.pixels)

    @property
    def variance(self) -> float:
        return pvariance(self.pixels)

    def light(self, x: int, y: int) -> int:
        """How light it is at a place, given in pixels of the recording: 0 to 255."""
        return self.pixels[y // SCALE * self.width + x // SCALE]


@dataclass(frozen=True)
class Film:
    """A decoded file; `loudest` is 0 to 1, None where there is no sound track; `heard` its length in seconds."""

    size: tuple[int, int]
    pictures: list[Picture]
    loudest: float | None
    heard: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it lasts. A machine that encodes too slowly loses the last pictures, and not the sound."""
        return max(self.heard, self.pictures[-1].at - self.pictures[0].at)


def read_film(file: Path) -> Film:
    """Decodes all of it; fails where it is broken."""
    with av.open(str(file)) as container:
        (video,) = container.streams.video
        size = (video.codec_context.width, video.codec_context.height)
        pictures = [_picture(frame) for frame in container.decode(video)]
    with av.open(str(file)) as container:
        if not container.streams.audio:
            return Film(size, pictures, None)
        resampler = av.AudioResampler(format="s16", layout="mono")
        samples, rate = array("h"), container.streams.audio[0].rate
        for sound in container.decode(container.streams.audio[0]):
            for heard in resampler.resample(sound):
                samples.frombytes(bytes(heard.planes[0])[: 2 * heard.samples])
    return Film(size, pictures, max(map(abs, samples), default=0) / 32768, len(samples) / rate)


def _picture(frame: av.VideoFrame) -> Picture:
    width, height = frame.width // SCALE, frame.height // SCALE
    plane = frame.reformat(width=width, height=height, format="gray").planes[0]
    rows = bytes(plane)
    assert frame.time is not None
    pixels = b"".join(rows[y * plane.line_size : y * plane.line_size + width] for y in range(height))
    return Picture(frame.time, width, pixels)

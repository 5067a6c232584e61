"""Published pictures with 256 colours: the pages are flat, so it looks the same at less than half the size."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av import VideoFrame
from av.filter import Graph


def shrink(picture: Path) -> None:
    """Rewrites a PNG with a palette made for it."""
    with av.open(picture) as container:
        frame = next(container.decode(video=0)).reformat(format="rgba")
    graph = Graph()
    source = graph.add("buffer", f"video_size={frame.width}x{frame.height}:pix_fmt=rgba:time_base=1/1")
    both = graph.add("split")
    palette = graph.add("palettegen", "reserve_transparent=0")
    use = graph.add("paletteuse", "dither=none")
    sink = graph.add("buffersink")
    source.link_to(both)
    both.link_to(use, 0, 0)
    both.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    source.push(frame)
    source.push(None)
    pulled = sink.pull()
    assert isinstance(pulled, VideoFrame)
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "pal8"
    encoder.time_base = Fraction(1)
    encoder.options = {"compression_level": "9", "pred": "none"}
    packets = [*encoder.encode(pulled), *encoder.encode(None)]
    picture.write_bytes(b"".join(bytes(packet) for packet in packets))

"""The marks in picture and sound: what the page draws is what is read, and a tone begins where it begins."""

from __future__ import annotations

import json
import math
import random
import subprocess
from array import array

import pytest

from bench import glass_marks as marks
from bench.glass_server import SCRIPTS
from tests.support.node import NODE

RATE = 48_000
NOON = 1_700_000_000_000.0


def test_the_page_draws_what_is_read() -> None:
    script = f"""
        await import({json.dumps((SCRIPTS / "code.js").as_uri())});
        const {{ COLUMNS, ROWS, SHARE, cells }} = glass;
        const all = Array.from({{ length: 65536 }}, (_, ms) => cells(ms).map(Number).join("")).join(" ");
        console.log(JSON.stringify([COLUMNS, ROWS, SHARE, all]));
    """
    command: list[str] = [str(NODE), "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    columns, rows, share, drawn = json.loads(done.stdout)
    assert (columns, rows, share) == (marks.COLUMNS, marks.ROWS, marks.SHARE)
    for stamp, cells in enumerate(drawn.split()):
        assert {"0", "1"} <= set(cells), "the two shades show each other"
        assert marks.read_cells([float(cell) for cell in cells]) == stamp


@pytest.mark.parametrize("stamp", [0, 1, 0x5A5A, 0xFFFF])
def test_a_dim_and_noisy_picture_is_read(stamp: int) -> None:
    dice = random.Random(stamp)
    assert (
        marks.read_cells([(90.0 if white else 40.0) + dice.uniform(-20, 20) for white in marks.cells_of(stamp)])
        == stamp
    )


def test_a_picture_with_a_wrong_cell_is_not_read() -> None:
    cells = [float(cell) for cell in marks.cells_of(12345)]
    for place in range(len(cells)):
        assert marks.read_cells([1 - cell if place == index else cell for index, cell in enumerate(cells)]) is None


@pytest.mark.parametrize(("width", "height", "stride"), [(1280, 720, 1280), (320, 180, 384), (160, 90, 160)])
def test_cells_are_found_in_a_plane_of_any_size(width: int, height: int, stride: int) -> None:
    plane = bytearray(stride * height)
    cells = marks.cells_of(0xBEEF)
    for y in range(height // 2):
        for x in range(width):
            row, column = y * marks.ROWS * 2 // height, x * marks.COLUMNS // width
            plane[y * stride + x] = 235 if cells[min(row, 2) * marks.COLUMNS + column] else 16
    assert marks.read_cells(marks.lumas_of(memoryview(plane), stride, width, height)) == 0xBEEF


def test_the_age_of_a_picture_survives_the_wrap() -> None:
    for taken in (0, 65_530, 65_536, 200_000):
        assert marks.age_of_picture(taken + 40.5, taken & 0xFFFF) == 40.5
    assert marks.age_of_picture(65_536.0, 3) == -3.0, "a clock that is a little behind makes no age of a minute"


def tones(late: float, count: int = 12) -> tuple[float, array[int]]:
    """Sound that comes so many ms after it was made: when its first sample is heard, and its samples."""
    first = math.ceil(NOON / marks.PERIOD_MS)
    begin = first * marks.PERIOD_MS - 300.0
    samples = array("h", bytes(2 * count * marks.PERIOD_MS * RATE // 1000))
    for number in range(first, first + count - 1):
        at = round((number * marks.PERIOD_MS - begin) * RATE / 1000)
        level = 32767 * marks.LEVELS[number % len(marks.LEVELS)]
        for step in range(marks.TONE_MS * RATE // 1000):
            samples[at + step] = round(level * math.sin(2 * math.pi * marks.HERTZ * step / RATE))
    return begin + late, samples


@pytest.mark.parametrize("late", [-20.0, 0.0, 37.0, 480.0, 1900.0])
def test_tones_are_found_where_they_begin(late: float) -> None:
    begin, samples = tones(late)
    pieces = range(0, len(samples), 960)
    found = marks.onsets([(begin + start * 1000 / RATE, samples[start : start + 960]) for start in pieces], RATE)
    assert len(found) == 11
    for onset in found:
        assert marks.age_of_sound(onset) == pytest.approx(late, abs=0.5)


def test_noise_and_the_rest_of_a_cut_tone_are_no_onsets() -> None:
    begin, samples = tones(0)
    dice = random.Random(1)
    noisy = array("h", [max(-32768, min(32767, sample + dice.randint(-300, 300))) for sample in samples])
    middle = (300 + 50) * RATE // 1000
    found = marks.onsets([(begin + 350, noisy[middle:])], RATE)
    assert len(found) == 10
    assert all(abs(marks.age_of_sound(onset)) < 0.5 for onset in found)


def test_tones_are_found_by_the_loudness_of_packets() -> None:
    begin, samples = tones(60.0)
    length = marks.PACKET_MS * RATE // 1000
    levels = []
    for start in range(0, len(samples) - length + 1, length):
        power = sum(sample * sample for sample in samples[start : start + length]) / length
        levels.append((begin + start * 1000 / RATE, math.sqrt(power) / 32768))
    ages = [marks.age_of_sound(onset) for onset in marks.onsets_of_levels(levels)]
    assert len(ages) == 11
    assert all(abs(age - 60) <= marks.PACKET_MS / 2 + 0.5 for age in ages)
    assert marks.onsets_of_levels([]) == []

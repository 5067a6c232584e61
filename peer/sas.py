"""Safety emoji: four pictures that both people see alike when nobody sits between them.

Table: Matrix specification, client-server API, "SAS method: emoji"; the number of a picture is its place here.
Twin: web/static/js/core/sas.js, which holds the same table.
"""

from __future__ import annotations

from typing import NamedTuple

SAS_BYTES = 3
"""Four pictures of six bits."""


class Emoji(NamedTuple):
    """One picture, and its English name for those who read it aloud."""

    emoji: str
    name: str


EMOJI = tuple(
    Emoji(*line.split(" ", 1))
    for line in """\
🐶 Dog
🐱 Cat
🦁 Lion
🐎 Horse
🦄 Unicorn
🐷 Pig
🐘 Elephant
🐰 Rabbit
🐼 Panda
🐓 Rooster
🐧 Penguin
🐢 Turtle
🐟 Fish
🐙 Octopus
🦋 Butterfly
🌷 Flower
🌳 Tree
🌵 Cactus
🍄 Mushroom
🌏 Globe
🌙 Moon
☁️ Cloud
🔥 Fire
🍌 Banana
🍎 Apple
🍓 Strawberry
🌽 Corn
🍕 Pizza
🎂 Cake
❤️ Heart
😀 Smiley
🤖 Robot
🎩 Hat
👓 Glasses
🔧 Spanner
🎅 Santa
👍 Thumbs Up
☂️ Umbrella
⌛ Hourglass
⏰ Clock
🎁 Gift
💡 Light Bulb
📕 Book
✏️ Pencil
📎 Paperclip
✂️ Scissors
🔒 Lock
🔑 Key
🔨 Hammer
☎️ Telephone
🏁 Flag
🚂 Train
🚲 Bicycle
✈️ Aeroplane
🚀 Rocket
🏆 Trophy
⚽ Ball
🎸 Guitar
🎺 Trumpet
🔔 Bell
⚓ Anchor
🎧 Headphones
📁 Folder
📌 Pin""".splitlines()
)


def emoji_of(bits: bytes) -> tuple[Emoji, Emoji, Emoji, Emoji]:
    """The four pictures of 24 bits, the highest six first."""
    number = int.from_bytes(bits[:SAS_BYTES])
    first, second, third, fourth = (EMOJI[number >> shift & 0x3F] for shift in (18, 12, 6, 0))
    return first, second, third, fourth

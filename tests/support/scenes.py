"""Two people drawn for the cameras of published pictures, as clips that Chromium plays in place of a camera."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from tests.support.browsers import chromium

FRAMES = 15
CLIP = "Camera.mjpeg"
"""The name is shown as the camera's."""

SUNNY = """
<rect width="1280" height="720" fill="#f3dfc1"/>
<rect x="120" y="70" width="300" height="360" rx="10" fill="#fffaf1"/>
<rect x="140" y="90" width="260" height="320" fill="#a9d8ee"/>
<path d="M140 340q70-60 140-20t120-40v130H140z" fill="#8dbf8b"/>
<path d="M270 90v320M140 250h260" stroke="#fffaf1" stroke-width="12"/>
<g fill="#4f8f63"><path d="M1040 520q-90-90-70-210q90 70 70 210z"/>
<path d="M1050 520q0-150 90-230q40 140-90 230z" fill="#67a878"/>
<path d="M1045 520q-20-180 20-270q60 120-20 270z" fill="#7dbb86"/></g>
<path d="M985 510h130l-18 130h-94z" fill="#c8683f"/>
<rect y="640" width="1280" height="80" fill="#b98a5e"/>
<g transform="translate(640 720) rotate({sway}) translate(-640 -720)">
<path d="M520 300q-30-190 120-195t125 195q15 120 40 190H480q30-80 40-190z" fill="#3a2620"/>
<path d="M360 740q10-230 200-255h160q190 25 200 255z" fill="#2f8f8b"/>
<path d="M585 400h110v100q-55 60-110 0z" fill="#b97a56"/>
<ellipse cx="640" cy="310" rx="98" ry="122" fill="#cf8f68"/>
<path d="M538 300q0-120 104-125t100 125q-20-80-90-95q-70 15-114 95z" fill="#3a2620"/>
<g fill="#2b1b16"><ellipse cx="602" cy="312" rx="9" ry="12"/><ellipse cx="678" cy="312" rx="9" ry="12"/></g>
<path d="M582 288q20-12 38 0M660 288q20-12 38 0" fill="none" stroke="#3a2620" stroke-width="7"
stroke-linecap="round"/>
<path d="M640 322q-12 26 4 30" fill="none" stroke="#a9683f" stroke-width="6" stroke-linecap="round"/>
<path d="M602 376q38 34 76 0q-38 12-76 0z" fill="#fff" stroke="#8c3f35" stroke-width="6" stroke-linejoin="round"/>
<circle cx="540" cy="350" r="9" fill="#ffc247"/><circle cx="740" cy="350" r="9" fill="#ffc247"/></g>"""
LAMPLIT = """
<rect width="1280" height="720" fill="#3d4170"/>
<g fill="#1b2140"><rect x="80" y="250" width="330" height="14"/><rect x="80" y="450" width="330" height="14"/></g>
<g><rect x="100" y="150" width="30" height="100" fill="#c95f4e"/>
<rect x="136" y="165" width="24" height="85" fill="#e0a84f"/>
<rect x="166" y="140" width="34" height="110" fill="#4f9aa8"/>
<rect x="206" y="170" width="22" height="80" fill="#8d7bb8"/>
<rect x="300" y="180" width="70" height="70" rx="35" fill="#3f7f68"/>
<rect x="120" y="350" width="36" height="100" fill="#7cae7a"/>
<rect x="162" y="365" width="26" height="85" fill="#d98a62"/>
<rect x="280" y="345" width="30" height="105" fill="#c95f7e"/>
<rect x="316" y="360" width="38" height="90" fill="#5b7fc0"/></g>
<g fill="#ffdf9a" fill-opacity=".13"><circle cx="1060" cy="270" r="300"/><circle cx="1060" cy="270" r="220"/></g>
<path d="M1000 190h120l50 130H950z" fill="#ffe3a3"/>
<path d="M1060 320v330" stroke="#1b2140" stroke-width="14"/><rect y="650" width="1280" height="70" fill="#2b2038"/>
<g transform="translate(640 720) rotate({sway}) translate(-640 -720)">
<path d="M350 740q10-235 205-260h170q195 25 205 260z" fill="#d9a037"/>
<path d="M590 400h100v95q-50 50-100 0z" fill="#8a5538"/>
<ellipse cx="640" cy="310" rx="100" ry="122" fill="#a2673f"/>
<path d="M540 330q10 120 100 125t100-125q-15 55-60 52q-40-12-80 0q-45 3-60-52z" fill="#1d1514"/>
<path d="M532 310q-16-135 105-145q125 5 110 145q-14-62-50-80q-75 20-130-5q-28 25-35 85z" fill="#1d1514"/>
<g fill="#120c0b"><ellipse cx="600" cy="308" rx="9" ry="12"/><ellipse cx="680" cy="308" rx="9" ry="12"/></g>
<g fill="none" stroke="#f1e4d0" stroke-width="7"><rect x="562" y="280" width="70" height="56" rx="24"/>
<rect x="648" y="280" width="70" height="56" rx="24"/><path d="M632 304q8-6 16 0"/></g>
<path d="M638 330q-10 24 6 28" fill="none" stroke="#784626" stroke-width="6" stroke-linecap="round"/>
<path d="M606 388q34 26 68 0q-34 10-68 0z" fill="#fff" stroke="#6b2f28" stroke-width="5" stroke-linejoin="round"/>
</g>"""


def film(folder: Path) -> tuple[Path, Path]:
    """Makes a clip of each, in a folder of its own; gives back the folders."""
    return asyncio.run(_film(folder))


async def _film(folder: Path) -> tuple[Path, Path]:
    sunny, lamplit = folder / "sunny", folder / "lamplit"
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 720})
        for place, scene in ((sunny, SUNNY), (lamplit, LAMPLIT)):
            place.mkdir()
            with (place / CLIP).open("wb") as clip:
                for frame in range(FRAMES):
                    sway = 1.2 * math.sin(2 * math.pi * frame / FRAMES)
                    drawn = scene.format(sway=f"{sway:.3f}")
                    await page.set_content(
                        f'<body style="margin:0"><svg width="1280" height="720" style="display:block">{drawn}</svg>'
                    )
                    clip.write(await page.screenshot(type="jpeg", quality=92))
    return sunny, lamplit

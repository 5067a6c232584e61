"""Four people drawn for the cameras of published pictures.

Each is a room and, on a layer of its own, somebody who sways a little; a page paints the two onto a canvas, and that is
its camera. So any number of people fit into one browser.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from playwright.async_api import Browser

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True)
class Scene:
    """What a camera sees, as SVG."""

    room: str
    person: str


LAMPLIT = Scene(
    room="""
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
<path d="M1060 320v330" stroke="#1b2140" stroke-width="14"/><rect y="650" width="1280" height="70" fill="#2b2038"/>""",
    person="""
<path d="M350 740q10-235 205-260h170q195 25 205 260z" fill="#d9a037"/>
<path d="M590 400h100v95q-50 50-100 0z" fill="#8a5538"/>
<ellipse cx="640" cy="310" rx="100" ry="122" fill="#a2673f"/>
<path d="M540 330q10 120 100 125t100-125q-15 55-60 52q-40-12-80 0q-45 3-60-52z" fill="#1d1514"/>
<path d="M532 310q-16-135 105-145q125 5 110 145q-14-62-50-80q-75 20-130-5q-28 25-35 85z" fill="#1d1514"/>
<g fill="#120c0b"><ellipse cx="600" cy="308" rx="9" ry="12"/><ellipse cx="680" cy="308" rx="9" ry="12"/></g>
<g fill="none" stroke="#f1e4d0" stroke-width="7"><rect x="562" y="280" width="70" height="56" rx="24"/>
<rect x="648" y="280" width="70" height="56" rx="24"/><path d="M632 304q8-6 16 0"/></g>
<path d="M638 330q-10 24 6 28" fill="none" stroke="#784626" stroke-width="6" stroke-linecap="round"/>
<path d="M606 388q34 26 68 0q-34 10-68 0z" fill="#fff" stroke="#6b2f28" stroke-width="5" stroke-linejoin="round"/>""",
)
SUNNY = Scene(
    room="""
<rect width="1280" height="720" fill="#f3dfc1"/>
<rect x="120" y="70" width="300" height="360" rx="10" fill="#fffaf1"/>
<rect x="140" y="90" width="260" height="320" fill="#a9d8ee"/>
<path d="M140 340q70-60 140-20t120-40v130H140z" fill="#8dbf8b"/>
<path d="M270 90v320M140 250h260" stroke="#fffaf1" stroke-width="12"/>
<g fill="#4f8f63"><path d="M1040 520q-90-90-70-210q90 70 70 210z"/>
<path d="M1050 520q0-150 90-230q40 140-90 230z" fill="#67a878"/>
<path d="M1045 520q-20-180 20-270q60 120-20 270z" fill="#7dbb86"/></g>
<path d="M985 510h130l-18 130h-94z" fill="#c8683f"/>
<rect y="640" width="1280" height="80" fill="#b98a5e"/>""",
    person="""
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
<circle cx="540" cy="350" r="9" fill="#ffc247"/><circle cx="740" cy="350" r="9" fill="#ffc247"/>""",
)
KITCHEN = Scene(
    room="""
<rect width="1280" height="720" fill="#cfe3d6"/>
<rect y="0" width="1280" height="60" fill="#b4cfbe"/>
<g fill="#fffaf1"><rect x="70" y="120" width="300" height="16"/><rect x="70" y="330" width="300" height="16"/></g>
<path d="M100 120h50l-8-62h-34z" fill="#e08a5a"/><path d="M180 120h64V66q-32-18-64 0z" fill="#5f8fb4"/>
<rect x="272" y="70" width="66" height="50" rx="8" fill="#d9b44a"/>
<path d="M96 330v-70q30-30 60 0v70z" fill="#c95f4e"/><path d="M180 330v-90h40v90z" fill="#8a6a9e"/>
<path d="M244 330q-8-60 44-66q52 6 44 66z" fill="#4f8f63"/>
<g fill="#f6cf6b"><path d="M1000 0h8v130h-8z" fill="#6b5a4a"/><path d="M930 210q4-84 74-84t74 84z"/></g>
<ellipse cx="1004" cy="212" rx="74" ry="14" fill="#fff3c4"/>
<rect x="880" y="470" width="320" height="170" rx="12" fill="#f7f1e3"/>
<path d="M900 470h90l-14-70h-62z" fill="#5f8fb4"/><path d="M1060 470v-56q46-28 92 0v56z" fill="#c8683f"/>
<rect y="636" width="1280" height="84" fill="#a87b52"/>""",
    person="""
<path d="M350 740q10-235 205-260h170q195 25 205 260z" fill="#7a4f8f"/>
<path d="M560 480q80 90 160 0l24 30q-104 110-208 0z" fill="#f3ead8"/>
<path d="M590 400h100v95q-50 50-100 0z" fill="#a86c47"/>
<ellipse cx="538" cy="318" rx="18" ry="30" fill="#b97a53"/><ellipse cx="742" cy="318" rx="18" ry="30" fill="#b97a53"/>
<ellipse cx="640" cy="310" rx="102" ry="122" fill="#c0825a"/>
<path d="M536 300q-8-120 104-126t104 126q-10-30-18-66q-40-34-86-34t-86 34q-8 36-18 66z" fill="#c9c4bd"/>
<g fill="#221713"><ellipse cx="600" cy="310" rx="9" ry="11"/><ellipse cx="680" cy="310" rx="9" ry="11"/></g>
<path d="M578 284q20-14 42 0M660 284q20-14 42 0" fill="none" stroke="#b0aaa2" stroke-width="9" stroke-linecap="round"/>
<path d="M640 322q-14 28 4 32" fill="none" stroke="#955e3c" stroke-width="6" stroke-linecap="round"/>
<path d="M604 392q36 28 72 0q-36 12-72 0z" fill="#fff" stroke="#7d3f31" stroke-width="5" stroke-linejoin="round"/>
<path d="M586 380q30-30 54-12q24-18 54 12q-32 4-54-4q-22 8-54 4z" fill="#c9c4bd"/>""",
)
EVENING = Scene(
    room="""
<rect width="1280" height="720" fill="#e7c9c0"/>
<rect x="840" y="60" width="340" height="400" rx="10" fill="#fffaf1"/>
<rect x="860" y="80" width="300" height="360" fill="#3b4f86"/>
<circle cx="1090" cy="150" r="34" fill="#ffe9b0"/>
<path d="M860 440V330h50v-60h60v40h40v-90h60v120h50v-50h40v150z" fill="#26315c"/>
<g fill="#ffd873"><path d="M880 350h12v14h-12zM926 300h12v14h-12z
M950 340h12v14h-12zM1024 250h12v14h-12zM1024 290h12v14h-12z
M1090 370h12v14h-12zM1130 330h12v14h-12z"/></g>
<path d="M1010 80v360M860 260h300" stroke="#fffaf1" stroke-width="12"/>
<rect x="110" y="110" width="150" height="190" rx="6" fill="#fffaf1"/><path d="M128 128h114v154H128z" fill="#8fc1b5"/>
<path d="M128 282l40-70l30 40l20-26l24 56z" fill="#3f7f74"/><circle cx="210" cy="164" r="16" fill="#f6cf6b"/>
<rect x="290" y="150" width="110" height="110" rx="6" fill="#fffaf1"/><path d="M304 164h82v82h-82z" fill="#e08a5a"/>
<circle cx="345" cy="205" r="26" fill="#fbe6c8"/>
<rect y="600" width="1280" height="120" fill="#8a5a63"/><path d="M60 600q0-110 120-110h220v110z" fill="#a86d77"/>""",
    person="""
<path d="M500 420q-60-40-44-110q-26-70 40-110q20-70 100-66q44-40 92 0q84-4 100 66q62 44 38 112q16 70-46 108z"
fill="#231a1f"/>
<path d="M350 740q10-230 205-256h170q195 26 205 256z" fill="#e3ded2"/>
<path d="M470 520q30-30 85-36h170q55 6 85 36l-30 220H500z" fill="#3d62a8"/>
<path d="M588 400h104v96q-52 50-104 0z" fill="#6f4330"/>
<ellipse cx="640" cy="312" rx="98" ry="120" fill="#87543c"/>
<path d="M544 292q0-100 96-104t96 104q-30-52-96-54t-96 54z" fill="#231a1f"/>
<g fill="#140d0b"><ellipse cx="602" cy="314" rx="9" ry="12"/><ellipse cx="678" cy="314" rx="9" ry="12"/></g>
<path d="M582 290q20-12 38 0M660 290q20-12 38 0" fill="none" stroke="#231a1f" stroke-width="7" stroke-linecap="round"/>
<path d="M640 326q-14 26 4 30" fill="none" stroke="#5f3826" stroke-width="6" stroke-linecap="round"/>
<path d="M598 378q42 42 84 0q-42 12-84 0z" fill="#fff" stroke="#6b2f2f" stroke-width="6" stroke-linejoin="round"/>
<g fill="none" stroke="#f6cf6b" stroke-width="6"><circle cx="540" cy="366" r="14"/>
<circle cx="740" cy="366" r="14"/></g>""",
)
CAMERA = """if (navigator.mediaDevices) {
    const still = async (encoded) =>
        createImageBitmap(new Blob([Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))]));
    const film = async () => {
        const [room, person] = await Promise.all([still("$room"), still("$person")]);
        const canvas = Object.assign(document.createElement("canvas"), { width: room.width, height: room.height });
        const pen = canvas.getContext("2d");
        const [track] = canvas.captureStream(10).getVideoTracks();
        const paint = () => {
            if (track.readyState === "ended") clearInterval(timer);
            pen.resetTransform();
            pen.drawImage(room, 0, 0);
            pen.translate(canvas.width / 2, canvas.height + 10); // no gap below who leans
            pen.rotate(Math.sin(performance.now() / 900) / 50);
            pen.drawImage(person, -canvas.width / 2, -canvas.height);
        };
        const timer = setInterval(paint, 100);
        paint();
        track.getSettings = () => ({ deviceId: "camera" });
        Object.defineProperty(track, "label", { value: "Camera" });
        return track;
    };
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    const list = devices.enumerateDevices.bind(devices);
    devices.getUserMedia = async ({ audio, video }) => {
        const stream = audio ? await open({ audio }) : new MediaStream();
        if (video) stream.addTrack(await film());
        return stream;
    };
    devices.enumerateDevices = async () => {
        const mic = (await list()).find(({ kind }) => kind === "audioinput");
        const named = (kind, label, deviceId) => ({ kind, label, deviceId, groupId: "" });
        return [named("videoinput", "Camera", "camera"), named("audioinput", "Microphone", mic?.deviceId ?? "")];
    };
}"""
"""Runs before the page's own scripts: the canvas in place of the browser's fake camera, and names that read well."""
SCREEN = """if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const pen = canvas.getContext("2d");
    const box = (colour, ...place) => {
        pen.fillStyle = colour;
        pen.beginPath();
        pen.roundRect(...place, 10);
        pen.fill();
    };
    const write = (text, x, y, font, colour = "#22303a") => {
        pen.font = `${font} sans-serif`;
        pen.fillStyle = colour;
        pen.fillText(text, x, y);
    };
    const river = (width, colour) => {
        pen.lineCap = "round";
        pen.lineWidth = width;
        pen.strokeStyle = colour;
        pen.stroke(new Path2D("M90 250q130 60 110 170t120 140q90 30 130 110M250 470q110-30 130-150t170-110"));
    };
    const paint = () => {
        box("#eef1ea", -20, -20, 1320, 760);
        write("Sundarbans, day one", 70, 100, "bold 52px");
        box("#cfe0c2", 70, 150, 560, 500);
        pen.save();
        pen.clip(new Path2D("M70 150h560v500H70z"));
        river(54, "#8cc0d6");
        river(40, "#a9d8ee");
        pen.restore();
        for (const [x, y, place] of [[190, 300, "Quay"], [318, 470, "Tower"], [486, 232, "Camp"]]) {
            box("#c8683f", x - 11, y - 11, 22, 22);
            write(place, x + 20, y + 10, "bold 26px");
        }
        const times = [["06:00", "Boat from the quay"], ["08:30", "Breakfast on deck"], ["10:15", "High water"],
            ["12:00", "Watch tower"], ["16:40", "Low water"], ["18:05", "Train home"]];
        times.forEach(([time, what], row) => {
            box(row % 2 ? "#eef1ea" : "#ffffff", 680, 150 + row * 84, 540, 78);
            write(time, 706, 199 + row * 84, "bold 28px", "#0b5a83");
            write(what, 820, 199 + row * 84, "28px");
        });
    };
    setInterval(paint, 100);
    paint();
    return canvas.captureStream(10);
};"""
"""The same for the screen: none is there to be shared where nobody sits."""


async def film(browser: Browser, scene: Scene) -> str:
    """The script that makes a page see this scene through its camera."""
    page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    script = CAMERA
    for layer, drawn in (("$room", scene.room), ("$person", scene.person)):
        await page.set_content(
            f'<body style="margin:0"><svg width="{WIDTH}" height="{HEIGHT}" style="display:block">{drawn}</svg>'
        )
        picture = await page.screenshot(omit_background=True)
        script = script.replace(layer, base64.b64encode(picture).decode())
    await page.close()
    return script

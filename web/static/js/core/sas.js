// Safety emoji: four pictures that both people see alike when nobody sits between them.
// Table: Matrix specification, client-server API, "SAS method: emoji". Twin of peer/sas.py.

/** @import { Emoji } from "./snapshot.js" */

export const SAS_BYTES = 3;

/** @type {readonly Emoji[]} */
export const EMOJI = Object.freeze(`
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
📌 Pin
`.trim().split("\n").map((line) => {
  const [emoji, ...name] = line.split(" ");
  return Object.freeze({ emoji, name: name.join(" ") });
}));

/** The four pictures of 24 bits, the highest six first. @param {Uint8Array} bits */
export function emojiOf(bits) {
  const number = (bits[0] << 16) | (bits[1] << 8) | bits[2];
  return [18, 12, 6, 0].map((shift) => EMOJI[(number >> shift) & 0x3f]);
}

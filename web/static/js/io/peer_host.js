// What a peer needs of its room, and what it tells it. Nothing here runs: the file is types only.

/**
 * @import { Door } from "../core/door.js"
 * @import { Control, SayControl } from "../gen/messages.js"
 * @import { IceServer } from "./connection.js"
 * @import { Lane } from "./lane.js"
 * @import { LocalMedia } from "./local.js"
 * @import { Sharing } from "./sharing.js"
 */
/**
 * @typedef {object} House  what a peer needs of the room
 * @property {string} instance  ours
 * @property {() => readonly IceServer[]} iceServers
 * @property {LocalMedia} media
 * @property {() => SayControl} hello
 * @property {Door} door  who may come in
 * @property {() => string} name  ours
 * @property {Sharing} sharing  how much goes to whom
 */
/**
 * @typedef {object} Listener
 * @property {() => void} changed  the view is another
 * @property {(first: boolean) => void} proven  a link runs; also after each lost one
 * @property {(message: Control) => void} heard
 * @property {(lane: Lane) => void} lane  the remote opened one
 * @property {() => void} silent  nothing comes any more, though the link claims to run
 * @property {() => void} lost  the link is gone, and its lanes with it
 * @property {(why: "left" | "identity" | "no-path" | "gone") => void} ended
 */

export {};

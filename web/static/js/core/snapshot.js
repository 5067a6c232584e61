// The one shape that the interface renders. `io/room.js` builds a fresh, frozen snapshot after every change;
// `ui/` reads it and never writes it. Nothing here runs: the file is types only.

/**
 * @typedef {"none" | "on" | "off" | "denied" | "missing" | "busy"} DeviceState  none: not asked for
 * @typedef {"connecting" | "connected" | "reconnecting" | "failed"} ConnectionState
 * @typedef {"offered" | "waiting" | "active" | "paused" | "done" | "failed" | "declined"} TransferState
 *   offered: asks this side to accept; waiting: offered by this side, not yet accepted
 */

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string} name  English name; the interface translates it by this key
 */

/**
 * @typedef {object} PeerView
 * @property {string} id
 * @property {string} name
 * @property {"browser" | "headless"} kind
 * @property {ConnectionState} state
 * @property {boolean} absent  its server connection is lost; the link may well run
 * @property {"direct" | "relay" | null} path
 * @property {import("./quality.js").Quality} quality  of a call over it
 * @property {readonly Emoji[]} sas  four, or none before pairing
 * @property {boolean} mic
 * @property {boolean} camera
 * @property {boolean} screen
 * @property {boolean} hand
 * @property {MediaStream | null} stream  camera and microphone
 * @property {MediaStream | null} screenStream  screen and its sound
 */

/**
 * @typedef {object} ChatLine
 * @property {string} id
 * @property {string} from  peer id, or "me"
 * @property {string} name
 * @property {string} text
 * @property {number} at  milliseconds since 1970
 * @property {string} told  who told us of it, when that is not who wrote it; "" otherwise
 */

/**
 * @typedef {object} ReactionView  an emoji that passes by
 * @property {string} id
 * @property {string} from  peer id, or "me"
 * @property {string} name
 * @property {string} emoji
 */

/**
 * @typedef {object} TransferFile
 * @property {string} path
 * @property {number} size  bytes, -1 when not known
 * @property {boolean} saveable  whole and proven, ready for `saveFile`
 */

/**
 * @typedef {object} TransferView
 * @property {string} id
 * @property {string} offer  the same for all receivers of one offer
 * @property {string} peer
 * @property {string} peerName
 * @property {"in" | "out"} direction
 * @property {string} title
 * @property {number} files  folders and links aside
 * @property {readonly TransferFile[]} list  at most 200 for show
 * @property {number} bytes  moved and proven
 * @property {number} total  -1 when not known
 * @property {number} rate  bytes a second, smoothed
 * @property {number | null} eta  seconds
 * @property {{path: string, number: number, count: number} | null} current  the file that moves, where there are several
 * @property {TransferState} state
 * @property {"" | "us" | "them" | "both"} held  who paused it
 * @property {boolean} cut  it waits for the connection
 * @property {string} still  catalogue key of why it stands still, "" while it moves
 * @property {number} limit  bytes a second that this side allows it, 0 for any number
 * @property {string | null} text  null when it is no text to be read; what it says once that is here
 * @property {string} reason  catalogue key of what went wrong, "" when nothing did
 * @property {number} resumed  bytes that were here, or are, from an earlier run
 * @property {"" | "browser" | "page"} kept  whether something of it is here until it is discarded, or until the page goes
 * @property {number | null} saving  bytes written so far to where the person wants them, null when nothing is
 */

/**
 * @typedef {object} KeptView  what an earlier page left in this browser
 * @property {string} id
 * @property {string} title
 * @property {number} files
 * @property {number} bytes  that are here
 * @property {number} total
 * @property {boolean} whole
 * @property {number | null} saving  as in TransferView
 */

/**
 * @typedef {object} RecordingKept  a recording that lies in this browser
 * @property {string} id
 * @property {string} name  of its file
 * @property {number} bytes
 * @property {boolean} kept  whether it outlives this page
 * @property {boolean} saved  whether it was handed to the downloads
 */

/**
 * @typedef {object} RecordingView
 * @property {"unable" | "off" | "starting" | "on" | "stopping"} own
 * @property {readonly string[]} others  ids of peers who say that they record
 * @property {readonly RecordingKept[]} kept  newest first
 */

/**
 * @typedef {object} Notice
 * @property {string} id
 * @property {"info" | "warning" | "error"} level
 * @property {string} key  catalogue key under `notice.`
 * @property {Readonly<Record<string, string | number>>} values
 */

/**
 * @typedef {object} DoorView
 * @property {boolean} locked
 * @property {number | null} until  when it locks itself, in milliseconds since 1970; null when it does not
 * @property {boolean} mine  whether one decides who comes in
 * @property {"" | "locked" | "held"} outside  what one was told at a locked door
 * @property {readonly {instance: string, name: string, held: boolean}[]} knocks  who is outside, for whoever decides
 */

/**
 * @typedef {object} Snapshot
 * @property {"idle" | "joining" | "in" | "left" | "ended"} phase
 * @property {string} ended  catalogue key of why the room ended, "" otherwise
 * @property {"connecting" | "connected" | "reconnecting" | "failed"} server
 * @property {{link: string, filesLink: string}} invite
 * @property {{name: string, mic: DeviceState, camera: DeviceState, screen: boolean, hand: boolean, stream: MediaStream | null, lowData: boolean}} me
 * @property {DoorView} door
 * @property {readonly PeerView[]} peers
 * @property {import("./speaking.js").Talk} talk  who speaks; ids of peers, and "me"
 * @property {readonly ChatLine[]} chat
 * @property {readonly ReactionView[]} reactions
 * @property {readonly TransferView[]} transfers  newest first
 * @property {readonly KeptView[]} kept
 * @property {RecordingView} recording
 * @property {readonly Notice[]} notices
 */

export {};

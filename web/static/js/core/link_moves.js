// What goes into the machine of one pair's link and what comes out of it: core/negotiation.js. Nothing here runs: the
// file is types only. Twin of peer/core/link_moves.py.

/** @typedef {{candidate: string, mid?: string | null, index?: number | null}} Candidate */
/** @typedef {"newcomer" | "member"} Role */
/** @typedef {"none"|"asked"|"making"|"offered"|"answering"|"checking"} Restart  of ICE, inside the epoch */
/** @typedef {"apart"|"waiting"|"offering"|"answering"|"linking"|"proving"|"linked"|"shaken"|"ended"} Phase */
/**
 * @typedef {{type: "here", instance: string, epoch: number, live: boolean}
 *   | {type: "offer", epoch: number, sdp: string, restart?: boolean}
 *   | {type: "answer", epoch: number, sdp: string}
 *   | {type: "candidates", epoch: number, candidates: (Candidate | null)[]}
 *   | {type: "renegotiate", epoch: number, reason?: string, restart?: boolean}
 *   | {type: "bye"}} Note
 */
/**
 * @typedef {{type: "met", role: Role, epoch: number, live: boolean}
 *   | {type: "parted"} | {type: "woken"} | {type: "hang_up"}
 *   | {type: "heard", note: Note}
 *   | {type: "offer_made", epoch: number, sdp: string}
 *   | {type: "answer_made", epoch: number, sdp: string}
 *   | {type: "found", epoch: number, candidate: Candidate | null}
 *   | {type: "changed", epoch: number, state: RTCPeerConnectionState}
 *   | {type: "failed", epoch: number, reason: string}
 *   | {type: "proven", epoch: number, restarts?: boolean}
 *   | {type: "moved", epoch: number}} Event
 */
/**
 * @typedef {{type: "say", note: Note}
 *   | {type: "connect", epoch: number}
 *   | {type: "make_offer", epoch: number}
 *   | {type: "take_offer", epoch: number, sdp: string}
 *   | {type: "make_restart", epoch: number}
 *   | {type: "take_restart", epoch: number, sdp: string}
 *   | {type: "take_answer", epoch: number, sdp: string}
 *   | {type: "add_candidate", epoch: number, candidate: Candidate | null}
 *   | {type: "prove", epoch: number}
 *   | {type: "lost", epoch: number}
 *   | {type: "close"}
 *   | {type: "gave_up", reason: string}
 *   | {type: "hung_up"}} Effect
 */

export {};

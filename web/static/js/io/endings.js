// Why a transfer is over, as a catalogue key: the wire's word, and whose end it was where that makes another sentence.

/** @import { Control } from "../gen/messages.js" */
/** @typedef {Extract<Control, {type: "cancel_files"}>["reason"]} Reason */

const OF_EITHER_END = new Set(["cancelled", "disk"]);

/** @param {{reason: Reason, by: "us" | "them"}} ending */
export const reasonOf = ({ reason, by }) => (by === "them" && OF_EITHER_END.has(reason) ? `${reason}-there` : reason);

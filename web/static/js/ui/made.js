// Which room this tab made to send files: its maker sees an invite first, everybody else sees what is offered.
// The room's public name is kept, never its secret.

const KEY = "twocans.made";

/** @param {string} room */
export function markMade(room) {
  try {
    sessionStorage.setItem(KEY, room);
  } catch {
    // Storage is blocked: the page then words itself as for a guest.
  }
}

/** @param {string} room */
export function wasMade(room) {
  try {
    return sessionStorage.getItem(KEY) === room;
  } catch {
    return false;
  }
}

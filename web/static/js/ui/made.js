// Which room this tab made: its maker decides who comes in, and where it is for files, sees an invite first, while everybody
// else sees what is offered. The room's public name is kept, never its secret.

const KEY = "twocans.made";
const HOST = "twocans.host";
const LOCKED = "twocans.locked";

/** @param {string} room */
export function markMade(room) {
  try {
    sessionStorage.setItem(KEY, room);
    sessionStorage.setItem(HOST, room);
  } catch {
    // Storage is blocked: the page then words itself as for a guest.
  }
}

/** @param {string} room */
export const wasMade = (room) => isKept(KEY, room);

/** Whether this tab may still decide who comes in. @param {string} room */
export const mayHost = (room) => isKept(HOST, room);

/** Whether its door is to be locked, as said before the page was loaded again, say in another language. @param {string} room */
export const isToLock = (room) => mayHost(room) && isKept(LOCKED, room);

/** @param {string} room @param {boolean} locked */
export function markToLock(room, locked) {
  try {
    if (locked) sessionStorage.setItem(LOCKED, room);
    else sessionStorage.removeItem(LOCKED);
  } catch {
    // Storage is blocked: it holds until the page is loaded again.
  }
}

/** Whether this tab may decide who comes in, once only: whoever reloads the page has left the room to the others. @param {string} room */
export function takeHost(room) {
  const mine = mayHost(room);
  if (mine) for (const key of [HOST, LOCKED]) sessionStorage.removeItem(key);
  return mine;
}

/** False also where storage is blocked. @param {string} key @param {string} room */
function isKept(key, room) {
  try {
    return sessionStorage.getItem(key) === room;
  } catch {
    return false;
  }
}

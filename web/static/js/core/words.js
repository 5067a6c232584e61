// The 2048 words of spoken codes, and how one that was typed in part goes on. Twin of peer/words.py.

import { WORDS } from "./wordlist.js";

export { WORDS };

const MIN_PREFIX = 3;

/** The words that begin with `prefix`, sorted. @param {string} prefix */
export const completions = (prefix) => WORDS.filter((word) => word.startsWith(prefix));

/**
 * The one word that was meant: `prefix` itself if it is one, else the only word that begins with it.
 * @param {string} prefix
 * @returns {string | null}
 */
export function completeWord(prefix) {
  const found = completions(prefix);
  if (found[0] === prefix) return prefix;
  return found.length === 1 && prefix.length >= MIN_PREFIX ? found[0] : null;
}

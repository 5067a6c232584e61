// How many runs of pairing may come to nothing. Pure: the clock is an argument.
//
// Whoever knows the secret learns the emoji of a run before it must finish it, and a run that is broken off is shown to
// nobody. So a server that holds the link could begin runs with two peers under invented names, and finish one at each
// end whose emoji agree: of 2**12 runs at either end some pair does. With 16 at either end it is 1 in 2**16.
// Twin: peer/core/allowance.py.

/** As many as a room has others, and one: they all may come at once. */
const MOST = 16;
/** After so long one more may. */
const EACH_MS = 60_000;

/** Of one page in one room, whatever sessions it has there. */
export class Allowance {
  #vain = 0;
  #since = 0;

  /** Whether another run may begin; it counts as vain until it is said to be proven. @param {number} now milliseconds on any clock that does not run backwards */
  begin(now) {
    this.#vain = Math.max(0, this.#vain - Math.max(0, now - this.#since) / EACH_MS);
    this.#since = now;
    if (this.#vain > MOST - 1) return false;
    this.#vain += 1;
    return true;
  }

  /** A run has led to the first link with somebody, who is shown from then on. */
  proven() {
    this.#vain = Math.max(0, this.#vain - 1);
  }
}

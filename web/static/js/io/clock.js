// A clock that goes on while the computer sleeps: `performance.now()` may stand still then (W3C High Resolution Time, issue
// 115), and the date, which does not, may be set. So the date counts only where it is far ahead.

const SLEPT_MS = 5000;

export class Clock {
  #ticks = performance.now();
  #date = Date.now();
  #passed = 0;

  /** Seconds since the page began. */
  get now() {
    const [ticks, date] = [performance.now(), Date.now()];
    const [awake, dated] = [ticks - this.#ticks, date - this.#date];
    this.#passed += dated - awake > SLEPT_MS ? dated : awake;
    this.#ticks = ticks;
    this.#date = date;
    return this.#passed / 1000;
  }
}

export const clock = new Clock();

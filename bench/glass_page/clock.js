// The clock of the machine in a page: `performance.now()` and what is missing to the time of the day.
//
// That is measured and not taken from `performance.timeOrigin`, which browsers set once and then drift away from. The time
// of the day ticks in whole milliseconds; at the moment of a tick both clocks are known.

globalThis.glass ??= {};

Object.assign(globalThis.glass, {
  offset: performance.timeOrigin,

  /** Measures. @returns {{offset: number, timeOrigin: number}} */
  tune() {
    const found = [];
    for (let last = Date.now(); found.length < 25; ) {
      const day = Date.now();
      if (day === last) continue;
      found.push(day - performance.now());
      last = day;
    }
    found.sort((one, other) => one - other);
    this.offset = found[12];
    return { offset: this.offset, timeOrigin: performance.timeOrigin };
  },

  /** The time of the day in milliseconds, now or at a moment of `performance.now()`. */
  wall(at = performance.now()) {
    return at + this.offset;
  },
});

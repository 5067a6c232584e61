// A long job in slices: between two of them the page draws, and hears what a person does.

const SLICE_MS = 12;

/** @typedef {{yield?: () => Promise<void>}} Scheduler */

export class Breath {
  #since = performance.now();

  /** Whether the slice has been long enough. */
  get due() {
    return performance.now() - this.#since > SLICE_MS;
  }

  async take() {
    await pause();
    this.#since = performance.now();
  }
}

/** Not a timer: those of a hidden page wait for a second. */
function pause() {
  const scheduler = /** @type {{scheduler?: Scheduler}} */ (globalThis).scheduler;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}

// The scripts that the page starts beside itself. Where the browser asks for trusted types, exactly these are trusted.

const OWN = {
  /** Keeps received files. */
  store: () => new URL("../store/worker.js", import.meta.url).href,
  /** Hands downloads to the browser; where the server puts it decides what it may see. */
  save: () => new URL("/save/worker.js", import.meta.url).href,
  /** Ticks while the page is hidden. */
  tick: () => new URL("../tick_worker.js", import.meta.url).href,
};

/** @typedef {{createPolicy: (name: string, rules: {createScriptURL: (url: string) => string}) => {createScriptURL: (url: string) => string}}} TrustedTypes */
const policy = /** @type {{trustedTypes?: TrustedTypes}} */ (globalThis).trustedTypes?.createPolicy("twocans", {
  createScriptURL: (name) => OWN[/** @type {keyof typeof OWN} */ (name)](),
});

/** The address of one of them, for `Worker` and `register`. @param {keyof typeof OWN} name @returns {string} */
export const scriptUrl = (name) => policy?.createScriptURL(name) ?? OWN[name]();

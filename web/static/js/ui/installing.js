// Offers the page as an app where the browser can make it one and has not yet. Elsewhere there is nothing to see.
//
// Source: W3C manifest-incubations, BeforeInstallPromptEvent, which Chromium alone has; others say it in a menu of their own.

/** @typedef {Event & {prompt: () => Promise<unknown>}} Offer  good for one question */

/** @param {HTMLElement} button hidden until there is an offer */
export function offerToInstall(button) {
  /** @type {Offer | null} */
  let offer = null;
  /** @param {Offer | null} now */
  const take = (now) => {
    offer = now;
    button.hidden = !now;
  };
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the browser's own bar would stand over the page
    take(/** @type {Offer} */ (event));
  });
  addEventListener("appinstalled", () => take(null));
  button.addEventListener("click", () => {
    void offer?.prompt();
    take(null);
  });
}

// Putting a text into the clipboard, and saying so for a moment.

const SAID_MS = 2500;

export class Copying {
  #redraw;
  #what = "";
  #at = 0;

  /** @param {() => void} redraw */
  constructor(redraw) {
    this.#redraw = redraw;
  }

  /** Whether this was copied just now. @param {string} text */
  said(text) {
    return text === this.#what && Date.now() - this.#at < SAID_MS;
  }

  /** @param {string} text */
  async copy(text) {
    if (!(await put(text))) return;
    this.#what = text;
    this.#at = Date.now();
    this.#redraw();
    setTimeout(this.#redraw, SAID_MS + 50);
  }
}

/** Through a field where the clipboard is out of reach. @param {string} text @returns {Promise<boolean>} */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

// Whether the server has other pages by now than the one that runs here.

/**
 * The address of this file names the content of all of them, and only that of now may be kept for ever (web/assets.py).
 * False also where the server does not answer.
 */
export async function outdated() {
  const answer = await fetch(import.meta.url, { cache: "no-store" }).catch(() => null);
  return Boolean(answer?.ok) && !answer?.headers.get("Cache-Control")?.includes("immutable");
}

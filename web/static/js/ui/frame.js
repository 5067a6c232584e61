// The frame that the server drew: colours and language, on every page.

const THEME = "twocans.theme";

/** Wires up the masthead. */
export function enliven() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", turnTheme);
  keepFragment();
  addEventListener("hashchange", keepFragment);
}

/** Dark if it is light now, and the other way about; remembered. */
export function turnTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // Storage is blocked: the choice holds for this page alone.
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A link to the same page in another language must not lose the invite, which stands in the fragment. */
function keepFragment() {
  for (const link of document.querySelectorAll("a[data-keep-fragment]")) {
    if (link instanceof HTMLAnchorElement) link.hash = location.hash;
  }
}

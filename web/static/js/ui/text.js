// What the pages say: the catalogue that came with the page, and numbers as the visitor's language writes them.

/** @typedef {Readonly<Record<string, string | number>>} Values */

/** @type {Readonly<Record<string, string>>} */
const catalogue = JSON.parse(document.getElementById("catalogue")?.textContent || "{}");
const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const HALF_A_DAY_MS = 12 * 3_600_000;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/**
 * The sentence under a key. Texts put in its places are isolated, so that a name written from right to left cannot
 * reorder the words around it, and what would break out of that is shown as its code; numbers are written in the
 * language's digits. An unknown key is returned as it is.
 * @param {string} key @param {Values} [values]
 */
export function t(key, values = {}) {
  return (catalogue[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? formatNumber(value) : `\u2068${visible(value)}\u2069`;
  });
}

/** Control and direction characters as `\u202e`: for what a peer wrote to be shown as a name. @param {string} text */
export const visible = (text) => text.replace(UNSEEN, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Whether the catalogue has this key. @param {string} key */
export function known(key) {
  return Object.hasOwn(catalogue, key);
}

/** Like `t` for `key.one`, `key.other` …, by the language's plural rules; `{count}` is the number. @param {string} key @param {number} count */
export function plural(key, count) {
  const exact = `${key}.${plurals.select(count)}`;
  return t(known(exact) ? exact : `${key}.other`, { count });
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function formatNumber(value, options) {
  return new Intl.NumberFormat(language, options).format(value);
}

/** 1 500 000 → “1.5 MB”. @param {number} bytes @param {string} [per] such as "-per-second" */
export function formatBytes(bytes, per = "") {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  const maximumFractionDigits = step === 0 || value >= 100 ? 0 : 1;
  return formatNumber(value, { style: "unit", unit: UNITS[step] + per, unitDisplay: step ? "short" : "long", maximumFractionDigits });
}

/** @param {number} rate bytes a second */
export function formatRate(rate) {
  return formatBytes(Math.max(rate, 0), "-per-second");
}

/** @param {number} share 0 to 1 */
export function formatPercent(share) {
  return formatNumber(share, { style: "percent" });
}

/** Rounded the way people say it: seconds, then minutes and seconds, then hours and minutes. @param {number} seconds */
export function formatDuration(seconds) {
  /** @param {number} value @param {string} unit */
  const part = (value, unit) => formatNumber(value, { style: "unit", unit, unitDisplay: "short" });
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return part(whole, "second");
  if (whole < 3600) return `${part(Math.floor(whole / 60), "minute")} ${part(whole % 60, "second")}`;
  return `${part(Math.floor(whole / 3600), "hour")} ${part(Math.floor((whole % 3600) / 60), "minute")}`;
}

/** @param {readonly string[]} words */
export function formatList(words) {
  return new Intl.ListFormat(language).format(words);
}

/** A time to come, with its day where it is not clear which one is meant. @param {number} at milliseconds since 1970 */
export function formatMoment(at) {
  const ahead = at - Date.now();
  if (ahead < HALF_A_DAY_MS) return formatTime(at);
  /** @type {Intl.DateTimeFormatOptions} */
  const day = ahead < 12 * HALF_A_DAY_MS ? { weekday: "short" } : { month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(language, { ...day, hour: "numeric", minute: "2-digit" }).format(at);
}

/** @param {number} at milliseconds since 1970 */
export function formatTime(at) {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(at);
}

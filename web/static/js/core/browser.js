// Which browser a page runs in, as far as a person has to be told where its settings are. Never asked for what it can do.

/** @typedef {"chrome" | "firefox" | "safari" | "android" | "ios" | "general"} Family  android: Chrome there; ios: Safari there */

/** Those that draw with another's engine and have menus of their own, and windows inside of another app. */
const OTHERS = /\b(SamsungBrowser|UCBrowser|DuckDuckGo|YaBrowser|FBAN|FBAV|Instagram|Line|MicroMessenger|GSA)\b|; wv\)/;
const OTHER_ON_IOS = /\b(CriOS|FxiOS|EdgiOS|OPiOS|OPT)\//;
const CHROMIUM = /\b(Chrome|HeadlessChrome|Chromium)\//;

/**
 * @param {string} userAgent
 * @param {number} touches  `navigator.maxTouchPoints`: an iPad says that it is a Mac, which has none
 * @returns {Family}
 */
export function browserOf(userAgent, touches) {
  const safari = /\bVersion\/[\d.]+.* Safari\//.test(userAgent);
  const ios = /\b(iPhone|iPad|iPod)\b/.test(userAgent) || (/\bMacintosh\b/.test(userAgent) && safari && touches > 1);
  if (OTHERS.test(userAgent) || OTHER_ON_IOS.test(userAgent)) return "general";
  if (ios) return safari ? "ios" : "general";
  if (/\bAndroid\b/.test(userAgent)) return CHROMIUM.test(userAgent) && !/\b(EdgA|OPR)\//.test(userAgent) ? "android" : "general";
  if (/\bFirefox\//.test(userAgent)) return "firefox";
  if (CHROMIUM.test(userAgent)) return "chrome";
  return safari && /\bMacintosh\b/.test(userAgent) ? "safari" : "general";
}

// The service worker of /save/, and of nothing else: it hands a download that the page makes to the browser. It keeps
// nothing, and sees no other request, since no page lies in its scope.
//
//     page ──{path, name}, port──► here ◄──{stream, length}── port ── store/worker.js
//     browser ──GET path──► here ──► the stream, once

/** @typedef {{name: string, length: number, stream: ReadableStream | null}} Download */

const worker = /** @type {any} */ (self);
/** @type {Map<string, Download>} */
const waiting = new Map();

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("message", (/** @type {MessageEvent} */ { data, ports: [port] }) => {
  if (!data?.path) return; // only to keep this awake
  /** @type {Download} */
  const download = { name: data.name, length: 0, stream: null };
  waiting.set(data.path, download);
  port.onmessage = (event) => {
    Object.assign(download, { stream: event.data.stream, length: event.data.length });
    port.postMessage("ready");
  };
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname } = new URL(event.request.url);
  const download = waiting.get(pathname);
  if (!download?.stream) return; // the server has nothing to say there either
  waiting.delete(pathname);
  const name = encodeURIComponent(download.name).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  const headers = {
    "Content-Type": "application/octet-stream",
    ...(download.length >= 0 ? { "Content-Length": String(download.length) } : {}),
    "Content-Disposition": `attachment; filename*=UTF-8''${name}`,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
  };
  event.respondWith(new Response(download.stream, { headers }));
});

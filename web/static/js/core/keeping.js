// How long a browser keeps what nobody comes back for: received files, and recordings.

export const KEPT_MS = 7 * 24 * 3600 * 1000;

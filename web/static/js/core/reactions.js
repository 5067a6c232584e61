// The emoji that may pass by in a call: those that one may send, and no others are shown.

export const REACTIONS = Object.freeze(["👍", "👏", "❤️", "😂", "😮", "🎉"]);

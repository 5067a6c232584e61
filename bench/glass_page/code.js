// The counter in the picture: sixteen bits of milliseconds and eight that prove them, as black and white cells over the
// upper half of the frame, so large that a picture of a quarter of the size and of few bits a second still shows them.
// Its twin that reads them is bench/glass_marks.py.

globalThis.glass ??= {};

Object.assign(globalThis.glass, {
  COLUMNS: 8,
  ROWS: 3,
  SHARE: 0.5, // of the height

  /** Which cells are white, row by row. @param {number} ms whole milliseconds */
  cells(ms) {
    const bytes = [(ms >> 8) & 255, ms & 255];
    let proof = 255; // CRC-8, x⁸ + x² + x + 1
    for (const byte of bytes) {
      proof ^= byte;
      for (let bit = 0; bit < 8; bit += 1) proof = proof & 128 ? ((proof << 1) ^ 7) & 255 : proof << 1;
    }
    return [...bytes, proof].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => Boolean((byte >> bit) & 1)));
  },
});

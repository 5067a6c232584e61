// A camera whose picture says when it was taken, and a microphone with a tone at known moments: runs before the scripts of
// the page, which asks for its devices as ever.

{
  const [WIDTH, HEIGHT, RATE] = [1280, 720, 30];
  const TILE = 16; // side of a block of the texture
  const AHEAD_MS = 1000;
  const MEMORY_MS = 5000;

  /** Something for the encoder to do below the counter: blocks of grey that wander. */
  function texture() {
    const made = new OffscreenCanvas(2 * WIDTH, HEIGHT / 2);
    const context = made.getContext("2d");
    for (let x = 0; x < WIDTH; x += TILE) {
      for (let y = 0; y < made.height; y += TILE) {
        const grey = 64 + Math.random() * 128;
        context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
        for (const copy of [x, x + WIDTH]) context.fillRect(copy, y, TILE, TILE);
      }
    }
    return made;
  }

  function camera() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    const context = canvas.getContext("2d", { alpha: false });
    const ground = texture();
    const [wide, high] = [WIDTH / glass.COLUMNS, (HEIGHT * glass.SHARE) / glass.ROWS];
    let due = 0;
    // Drawn in an animation frame, at whose end the canvas is captured: no frame waits for another one.
    const draw = (now) => {
      requestAnimationFrame(draw);
      if (now < due - 4) return;
      due = Math.max(due + 1000 / RATE, now);
      const shift = Math.round(now / 20) % WIDTH;
      context.drawImage(ground, shift, 0, WIDTH, HEIGHT / 2, 0, HEIGHT / 2, WIDTH, HEIGHT / 2);
      glass.cells(Math.round(glass.wall()) & 0xffff).forEach((white, index) => {
        context.fillStyle = white ? "white" : "black";
        context.fillRect((index % glass.COLUMNS) * wide, Math.floor(index / glass.COLUMNS) * high, wide, high);
      });
    };
    requestAnimationFrame(draw);
    return canvas.captureStream().getVideoTracks()[0];
  }

  /**
   * A tone at each `period` of the time of the day, of a loudness that tells which. A sample counts as heard when the clock
   * of the sound has come to it: the least that `performance.now()` was ever ahead of that clock tells when, as its
   * steps, those of the sound card, make it look late at all other times.
   * @param {{period: number, length: number, hertz: number, levels: number[]}} tone
   */
  function microphone({ period, length, hertz, levels }) {
    const context = new AudioContext();
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    let looks = [];
    let next = 0;
    setInterval(() => {
      if (context.state !== "running") return;
      const now = performance.now();
      looks = [...looks.filter(({ at }) => at > now - MEMORY_MS), { at: now, ahead: now - context.currentTime * 1000 }];
      if (looks.length < 50) return;
      const ahead = Math.min(...looks.map((look) => look.ahead));
      next = Math.max(next, Math.ceil((glass.wall(now) + AHEAD_MS / 2) / period));
      for (; next * period < glass.wall(now) + AHEAD_MS; next += 1) {
        const start = (next * period - glass.offset - ahead) / 1000;
        const voice = new OscillatorNode(context, { frequency: hertz });
        voice.connect(new GainNode(context, { gain: levels[next % levels.length] })).connect(out);
        voice.start(start);
        voice.stop(start + length / 1000);
      }
    }, 10);
    return out.stream.getAudioTracks()[0];
  }

  let devices;
  MediaDevices.prototype.getUserMedia = async ({ audio, video }) => {
    if (!devices) {
      glass.tune();
      devices = { audio: microphone(glass.TONE), video: camera() };
    }
    return new MediaStream([...(audio ? [devices.audio.clone()] : []), ...(video ? [devices.video.clone()] : [])]);
  };
}

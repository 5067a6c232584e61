// Watches one video of the page: every frame as it is shown, every sample of its sound. What they mean is found out later,
// by bench/glass_marks.py.

{
  const GRAIN = 4; // pixels that a side of a cell is read with
  const MICROPHONE = 2; // the slot
  const LOOK_MS = 4;
  let [frames, sound, looks, levels] = [[], [], [], []];
  let context;

  /** @param {string} hook of the video @param {string} tap address of tap.js, or "" where no sound runs without a device */
  glass.watch = async (hook, tap) => {
    const video = document.querySelector(`[data-testid="${hook}"]`);
    watchPicture(video);
    watchLevels();
    if (tap) await watchSound(new MediaStream(video.srcObject.getAudioTracks()), tap);
  };

  /** @param {MediaStream} mediaStream @param {string} tap */
  async function watchSound(mediaStream, tap) {
    context = new AudioContext();
    await context.audioWorklet.addModule(tap);
    const node = new AudioWorkletNode(context, "glass-tap", { channelCount: 1, channelCountMode: "explicit" });
    new MediaStreamAudioSourceNode(context, { mediaStream }).connect(node);
    node.connect(context.destination); // silent, but what leads nowhere is not asked for samples
    node.port.onmessage = ({ data }) => sound.push(data);
    setInterval(() => looks.push([performance.now(), context.currentTime]), LOOK_MS);
    await context.resume();
  }

  /** How loud each packet of sound is, and when the first of it was handed over to be played. */
  function watchLevels() {
    const [connection] = globalThis.__connections.filter((each) => each.connectionState === "connected");
    const receiver = connection?.getTransceivers()[MICROPHONE]?.receiver;
    let last;
    if (!receiver) return;
    setInterval(() => {
      const [source] = receiver.getSynchronizationSources();
      if (!source || source.rtpTimestamp === last) return;
      last = source.rtpTimestamp;
      levels.push([source.timestamp - performance.timeOrigin, source.audioLevel ?? 0]);
    }, LOOK_MS);
  }

  /** @param {HTMLVideoElement} video */
  function watchPicture(video) {
    const [width, height] = [glass.COLUMNS * GRAIN, glass.ROWS * GRAIN];
    const small = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    const look = (_, shown) => {
      video.requestVideoFrameCallback(look);
      small.drawImage(video, 0, 0, video.videoWidth, video.videoHeight * glass.SHARE, 0, 0, width, height);
      const { data } = small.getImageData(0, 0, width, height);
      const cells = [];
      for (let row = 0; row < glass.ROWS; row += 1) {
        for (let column = 0; column < glass.COLUMNS; column += 1) {
          const middle = (row * GRAIN + GRAIN / 2) * width + column * GRAIN + GRAIN / 2;
          const around = [middle, middle - 1, middle - width, middle - width - 1];
          cells.push(around.reduce((sum, pixel) => sum + data[4 * pixel + 1], 0) / 4);
        }
      }
      frames.push([shown.expectedDisplayTime, shown.presentedFrames, shown.width, cells]);
    };
    video.requestVideoFrameCallback(look);
  }

  /** All since `watch`. */
  glass.take = () => ({
    frames,
    levels,
    looks,
    rate: context?.sampleRate ?? 48000,
    latency: context?.baseLatency ?? 0,
    sound: sound.map(([first, blocks]) => [first, packed(blocks)]),
  });

  /** As base64 of signed sixteen bits. @param {Float32Array[]} blocks */
  function packed(blocks) {
    const samples = Int16Array.from(blocks.flatMap((block) => [...block]), (each) => Math.max(-1, Math.min(1, each)) * 32767);
    return btoa(String.fromCharCode(...new Uint8Array(samples.buffer)));
  }
}

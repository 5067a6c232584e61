// One connection, one channel, the longest messages; no hashing, no storage. Whoever measures carries the descriptions
// from page to page: offer() here, answer(offer) there, take(answer) here; then send(bytes) here and receive(bytes) there.

const MESSAGE_BYTES = 256 * 1024;
const HIGH_WATER = 8 * 1024 * 1024; // as in our page
const LOW_WATER = 1024 * 1024;

let connection, channel;
let arrived = 0;
let counted = () => {};

function connect() {
  connection?.close();
  connection = new RTCPeerConnection();
  channel = connection.createDataChannel("bare", { negotiated: true, id: 0 });
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = LOW_WATER;
  arrived = 0;
  // From the start: the other page may send before this one is asked to receive.
  channel.onmessage = ({ data }) => {
    arrived += data.byteLength;
    counted();
  };
}

async function described() {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") await next(connection, "icegatheringstatechange");
  return connection.localDescription.sdp;
}

async function offer() {
  connect();
  return described();
}

async function answer(sdp) {
  connect();
  await connection.setRemoteDescription({ type: "offer", sdp });
  return described();
}

async function take(sdp) {
  await connection.setRemoteDescription({ type: "answer", sdp });
}

async function send(bytes) {
  if (channel.readyState !== "open") await next(channel, "open");
  const message = new Uint8Array(MESSAGE_BYTES);
  for (let left = bytes; left > 0; left -= message.length) {
    if (channel.bufferedAmount > HIGH_WATER) await next(channel, "bufferedamountlow");
    channel.send(left < message.length ? message.subarray(0, left) : message);
  }
}

// Seconds from the opening of the channel to the last byte.
async function receive(bytes) {
  if (channel.readyState !== "open") await next(channel, "open");
  const began = performance.now();
  await new Promise((resolve) => {
    counted = () => arrived >= bytes && resolve();
    counted();
  });
  return (performance.now() - began) / 1000;
}

function next(target, event) {
  return new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));
}

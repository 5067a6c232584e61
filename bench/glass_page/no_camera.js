// A page that only looks on: it finds neither a camera nor a microphone.

MediaDevices.prototype.getUserMedia = async () => {
  throw new DOMException("this end only looks on", "NotFoundError");
};

// What a browser recorded, in whichever format it likes, as a WAV file of 32-bit floats that the server reads.
const RATE_HZ = 48_000;

export async function waveFile(blob, name) {
  const sound = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(await blob.arrayBuffer());
  return new File([header(sound), interleaved(sound)], name, { type: 'audio/wav' });
}

function interleaved(sound) {
  const count = sound.numberOfChannels;
  const samples = new Float32Array(sound.length * count);
  for (let channel = 0; channel < count; channel += 1) {
    sound.getChannelData(channel).forEach((value, at) => { samples[at * count + channel] = value; });
  }
  return samples.buffer;
}

// RIFF, format 3 (IEEE float), 44 bytes.
function header({ length, numberOfChannels, sampleRate }) {
  const view = new DataView(new ArrayBuffer(44));
  const frame = 4 * numberOfChannels;
  const words = (at, text) => [...text].forEach((char, n) => view.setUint8(at + n, char.charCodeAt(0)));
  words(0, 'RIFF');
  view.setUint32(4, 36 + length * frame, true);
  words(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, numberOfChannels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, 32, true);
  words(36, 'data');
  view.setUint32(40, length * frame, true);
  return view.buffer;
}

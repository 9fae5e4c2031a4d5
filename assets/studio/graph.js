// The way sound takes through the browser: sources -> output -> meters and loudspeakers. Made at the first playing,
// since a browser allows no sound before a gesture.
let made = null;

export function graph() {
  if (made) return made;
  const context = new AudioContext();
  const output = context.createGain();
  const split = context.createChannelSplitter(2);
  const stereo = context.createGain();
  stereo.channelCount = 2;
  stereo.channelCountMode = 'explicit';
  output.connect(stereo);
  stereo.connect(context.destination);
  stereo.connect(split);
  const channels = [0, 1].map((side) => channel(context, split, side));
  made = { context, output, channels };
  return made;
}

// One side's analysers: the plain wave for peaks, the K-weighted one (ITU-R BS.1770) for loudness.
function channel(context, split, side) {
  const plain = context.createAnalyser();
  plain.fftSize = 2_048;
  const shelf = new BiquadFilterNode(context, { type: 'highshelf', frequency: 1_682, gain: 4 });
  const cut = new BiquadFilterNode(context, { type: 'highpass', frequency: 38, Q: -6 });
  const weighted = context.createAnalyser();
  weighted.fftSize = 32_768;
  split.connect(plain, side);
  split.connect(shelf, side);
  shelf.connect(cut);
  cut.connect(weighted);
  return { plain, weighted };
}

export const measuring = () => made;

export async function awake() {
  const { context } = graph();
  if (context.state === 'suspended') await context.resume();
  return made;
}

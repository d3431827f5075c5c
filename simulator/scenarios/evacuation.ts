import type { Scenario } from './scenario.js';

/** The buildings fill, an alarm goes off, and everyone leaves. Nothing may hold them up. */
export const evacuation: Scenario = {
  name: 'evacuation',
  title: 'Buildings fill, then all leave at an alarm',
  sources: [
    'Doorways: 1.3 people a second and metre (IMO MSC.1/Circ.1533 after the SFPE Handbook, https://www.imorules.com/GUID-988C5148-AFCB-414E-927E-88242C265E57.html): a turnstile that swings free, 0.9 m wide, passes 70 a minute.',
    'Swiping out: assumed. Most people still do it, which is the hardest case for the gateway.',
    'npm run demo:evacuation shows the muster list of this scenario.',
  ],
  duration: '2m',
  rate: 80,
  profile: [
    { at: 0, value: 0.8 },
    { at: 0.5, value: 0.8 },
    { at: 0.52, value: 0.05 },
    { at: 0.55, value: 0.05 },
    { at: 0.57, value: 1 },
    { at: 0.85, value: 1 },
    { at: 1, value: 0.1 },
  ],
  inbound: [
    { at: 0, value: 1 },
    { at: 0.52, value: 1 },
    { at: 0.55, value: 0 },
  ],
  people: { strangers: 0, lostCards: 0, wrongSide: 0, forgetsToSwipeOut: 0.05 },
  readers: { perMinute: 70 },
  thresholds: ['ack.p99<1s', 'errors==0'],
};

/** Name in localStorage. */
const REMEMBERED = 'swipegate-alarm-sound';
/** Tones, Hz, and how long each is heard, seconds. */
const TONES_HZ = [880, 660, 880];
const TONE_S = 0.25;
const VOLUME = 0.2;

/**
 * A short tone for a new alarm, off until the user asks for it; the browser remembers the choice. A browser plays no
 * sound before the user's first click or key on the page, so a remembered choice starts with that.
 */
export class AlarmSound {
  #isOn = localStorage.getItem(REMEMBERED) === 'on';
  #context: AudioContext | undefined;
  readonly #wake = (): void => void this.#context?.resume();

  constructor() {
    if (this.#isOn) this.#open();
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Turns the sound on, and lets it be heard once, or off. */
  turn(isOn: boolean): void {
    this.#isOn = isOn;
    localStorage.setItem(REMEMBERED, isOn ? 'on' : 'off');
    if (isOn) {
      this.#open();
      this.play();
    } else {
      this.stop();
    }
  }

  play(): void {
    const context = this.#context;
    if (!this.#isOn || context === undefined) return;
    const volume = context.createGain();
    volume.gain.value = VOLUME;
    volume.connect(context.destination);
    for (const [i, hz] of TONES_HZ.entries()) {
      const tone = context.createOscillator();
      tone.frequency.value = hz;
      tone.connect(volume);
      tone.start(context.currentTime + i * TONE_S);
      tone.stop(context.currentTime + (i + 1) * TONE_S);
    }
  }

  /** Ends every sound. */
  stop(): void {
    removeEventListener('pointerdown', this.#wake);
    removeEventListener('keydown', this.#wake);
    void this.#context?.close();
    this.#context = undefined;
  }

  #open(): void {
    this.#context ??= new AudioContext();
    addEventListener('pointerdown', this.#wake);
    addEventListener('keydown', this.#wake);
    this.#wake();
  }
}

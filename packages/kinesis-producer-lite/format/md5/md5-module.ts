/**
 * Generates a WebAssembly module that hashes several MD5 messages (RFC 1321) in parallel lanes. It is one loop, so it
 * is emitted as bytes here and needs no compiler. Instructions: WebAssembly specification, "Binary Format", with
 * fixed-width SIMD. There are two or four sets of four lanes: while one set waits for the result of an instruction, the
 * others compute.
 *
 *     memory:  0         64            512                    4096
 *              pointers  states        constants              messages
 *              per lane  a b c d       each four times
 *
 *     run(blocks): advances every lane by that many blocks, from its pointer and state
 */
export const MOST_LANES = 16;
export const STATES_AT = 64;
export const MESSAGES_AT = 4_096;

const POINTERS_AT = 0;
const CONSTANTS_AT = 512;
const BLOCK_BYTES = 64;
const INITIAL_PAGES = 2;

const ROUNDS: readonly { shifts: readonly number[]; word: (step: number) => number }[] = [
  { shifts: [7, 12, 17, 22], word: (step) => step % 16 },
  { shifts: [5, 9, 14, 20], word: (step) => (5 * step + 1) % 16 },
  { shifts: [4, 11, 16, 23], word: (step) => (3 * step + 5) % 16 },
  { shifts: [6, 10, 15, 21], word: (step) => (7 * step) % 16 },
];

/**
 * Writes the constants of the 64 steps, each four times, to the place where the module reads them. The function of the
 * last round ends in a complement. The module subtracts instead, and the constant is one less: ~y = -y - 1.
 */
export function writeConstants(memory: ArrayBuffer): void {
  const table = new Uint32Array(memory, CONSTANTS_AT, 4 * 64);
  for (let step = 0; step < 64; step++) {
    const constant = Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32);
    table.fill(step < 48 ? constant : constant - 1, 4 * step, 4 * step + 4);
  }
}

const I32 = 0x7f;
const V128 = 0x7b;
const [AND, ANDNOT, OR, XOR] = [simd(0x4e), simd(0x4f), simd(0x50), simd(0x51)];
const [SHL, SHR, ADD, SUB] = [simd(0xab), simd(0xad), simd(0xae), simd(0xb1)];

// Locals: the parameter, one pointer per lane, and for each set its state a b c d and the 16 words of its block.
const BLOCKS = 0;
const pointer = (lane: number) => 1 + lane;
const state = (set: number, i: number) => 1 + MOST_LANES + 20 * set + i;
const word = (set: number, i: number) => 1 + MOST_LANES + 20 * set + 4 + i;

/**
 * The module's bytes. It exports `memory` and `run`.
 * @param lanes a multiple of 4, up to {@link MOST_LANES}
 */
export function md5LanesModule(lanes: number): Uint8Array<ArrayBuffer> {
  const locals = vector([
    [...unsigned(MOST_LANES), I32],
    [...unsigned(5 * lanes), V128],
  ]);
  const body = [...locals, ...code(lanes)];
  return Uint8Array.from([
    ...[0, ...ascii('asm'), 1, 0, 0, 0],
    ...section(1, vector([[0x60, 1, I32, 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, INITIAL_PAGES]])),
    ...section(7, vector([exported('memory', 2), exported('run', 0)])),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

function code(laneCount: number): number[] {
  const lanes = Array.from({ length: laneCount }, (_, lane) => lane);
  const sets = Array.from({ length: laneCount / 4 }, (_, set) => set);
  const steps = Array.from({ length: 64 }, (_, step) => step);
  return [
    ...lanes.flatMap((lane) => [...i32(0), 0x28, ...place(2, POINTERS_AT + 4 * lane), ...set(pointer(lane))]),
    ...[0x03, 0x40],
    ...sets.flatMap(begin),
    ...steps.flatMap((step) => sets.flatMap((set) => stepOf(set, step))),
    ...sets.flatMap(end),
    ...lanes.flatMap((lane) => [...get(pointer(lane)), ...i32(BLOCK_BYTES), 0x6a, ...set(pointer(lane))]),
    ...[...get(BLOCKS), ...i32(1), 0x6b, 0x22, BLOCKS, 0x0d, 0, 0x0b, 0x0b],
  ];
}

/** Loads the words of a block, each from four messages, and the state. */
function begin(of: number): number[] {
  const words = Array.from({ length: 16 }, (_, i) => [
    ...get(pointer(4 * of)),
    ...simd(0x5c, ...place(2, 4 * i)),
    ...[1, 2, 3].flatMap((lane) => [
      ...set(word(of, i)),
      ...get(pointer(4 * of + lane)),
      ...get(word(of, i)),
      ...simd(0x56, ...place(2, 4 * i), lane),
    ]),
    ...set(word(of, i)),
  ]);
  return [...words.flat(), ...[0, 1, 2, 3].flatMap((i) => [...loadVector(stateAt(of, i)), ...set(state(of, i))])];
}

/** a = b + ((a + f(b, c, d) + word + constant) <<< shift), then a b c d rotate. */
function stepOf(of: number, step: number): number[] {
  const name = (i: number) => state(of, (i + 64 - step) % 4);
  const [a, b, c, d] = [name(0), name(1), name(2), name(3)];
  const round = step >> 4;
  const { shifts, word: wordOf } = ROUNDS[round] ?? { shifts: [], word: () => 0 };
  const shift = shifts[step % 4] ?? 0;
  const withF = [
    [...get(c), ...get(d), ...XOR, ...get(b), ...AND, ...get(d), ...XOR, ...ADD],
    [...get(b), ...get(c), ...XOR, ...get(d), ...AND, ...get(c), ...XOR, ...ADD],
    [...get(b), ...get(c), ...XOR, ...get(d), ...XOR, ...ADD],
    [...get(d), ...get(b), ...ANDNOT, ...get(c), ...XOR, ...SUB],
  ];
  return [
    ...[...get(a), ...get(word(of, wordOf(step))), ...ADD, ...loadVector(CONSTANTS_AT + 16 * step), ...ADD],
    ...[...(withF[round] ?? []), ...set(a)],
    ...[...get(a), ...i32(shift), ...SHL, ...get(a), ...i32(32 - shift), ...SHR, ...OR],
    ...[...get(b), ...ADD, ...set(a)],
  ];
}

function end(of: number): number[] {
  return [0, 1, 2, 3].flatMap((i) => [
    ...i32(0),
    ...[...loadVector(stateAt(of, i)), ...get(state(of, i)), ...ADD],
    ...simd(0x0b, ...place(4, stateAt(of, i))),
  ]);
}

/** Address of state vector `i` of a set; a vector has one word per lane. */
function stateAt(of: number, i: number): number {
  return STATES_AT + 64 * of + 16 * i;
}

function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

function i32(value: number): number[] {
  // Signed LEB128: bit 6 of the last byte is the sign.
  return value < 64 ? [0x41, value] : [0x41, 0x80 | (value & 0x7f), value >> 7];
}

function loadVector(at: number): number[] {
  return [...i32(0), ...simd(0x00, ...place(4, at))];
}

function simd(instruction: number, ...immediate: number[]): number[] {
  return [0xfd, ...unsigned(instruction), ...immediate];
}

/** Memory operand: alignment as a power of two, and offset. */
function place(alignment: number, offset: number): number[] {
  return [alignment, ...unsigned(offset)];
}

function exported(name: string, kind: number): number[] {
  return [name.length, ...ascii(name), kind, 0];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

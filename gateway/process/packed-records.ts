const HEADER_BYTES = 6;
const SMALLEST = 16_384;

/**
 * Packs the records of one event loop turn into one buffer for another process:
 *
 *     key length u16 | data length u32 | key | data | key length ...
 */
export class PackedRecords {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns size of the packed record, bytes */
  add(key: string, data: string | Uint8Array): number {
    const dataBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const keyBytes = Buffer.byteLength(key);
    const size = HEADER_BYTES + keyBytes + dataBytes;
    this.#reserve(size);
    let at = this.#bytes.writeUInt16BE(keyBytes, this.#length);
    at = this.#bytes.writeUInt32BE(dataBytes, at);
    at += this.#bytes.write(key, at);
    if (typeof data === 'string') this.#bytes.write(data, at);
    else this.#bytes.set(data, at);
    this.#length += size;
    return size;
  }

  /** Returns the records added since the last call, as a view that the next `add` overwrites. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Calls `record` with each record, in order. `data` is a view of `packed`. */
export function unpack(packed: Uint8Array, record: (key: string, data: Uint8Array) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const keyEnd = at + HEADER_BYTES + bytes.readUInt16BE(at);
    const end = keyEnd + bytes.readUInt32BE(at + 2);
    record(bytes.toString('utf8', at + HEADER_BYTES, keyEnd), bytes.subarray(keyEnd, end));
    at = end;
  }
}

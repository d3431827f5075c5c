const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
/** Flag of an entry whose sizes are after its content. */
const SIZES_LATER = 0x08;
/** An entry without content, compressed. */
const EMPTY_DEFLATED = 2;

/**
 * Returns the number of bytes that the entries of a zip file declare to have when they are unpacked; undefined if the
 * directory is damaged or leaves a size open. A reader that stops at the declared size needs no more memory.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.12 and 4.3.16)
 */
export function declaredBytes(zip: Uint8Array): number | undefined {
  const view = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = endOfDirectory(view);
  if (end === undefined) return undefined;
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > view.length || view.readUInt32LE(at) !== ENTRY) return undefined;
    const [compressed, unpacked] = [view.readUInt32LE(at + 20), view.readUInt32LE(at + 24)];
    const isOpen = (view.readUInt16LE(at + 8) & SIZES_LATER) !== 0 && compressed === 0;
    if (isOpen || (unpacked === 0 && compressed > EMPTY_DEFLATED)) return undefined;
    bytes += unpacked;
    at += ENTRY_BYTES + view.readUInt16LE(at + 28) + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
  }
  return bytes;
}

/** Index of the last end record, which readers use. */
function endOfDirectory(view: Buffer): number | undefined {
  const least = Math.max(0, view.length - END_BYTES - LONGEST_COMMENT);
  for (let at = view.length - END_BYTES; at >= least; at--) {
    if (view.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  return undefined;
}

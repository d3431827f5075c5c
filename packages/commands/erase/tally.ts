/** Counts of one place. */
export interface Tally {
  /** Rows or objects that were read because they might be about the person. */
  read: number;
  /** Rows or objects that were rewritten or deleted; in a dry run, that would be. */
  erased: number;
  /** Object versions that were deleted permanently. */
  removed: number;
  /** Lines that were rewritten within files. */
  lines?: number;
}

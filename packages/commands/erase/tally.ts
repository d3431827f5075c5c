/** What was done in one place. */
export interface Tally {
  /** Rows or objects that were read, or looked up, because they might be about the person. */
  read: number;
  /** Rows or objects that were rewritten or deleted; in a dry run, that would be. */
  erased: number;
  /** Versions of objects that were deleted for good, old or new. */
  removed: number;
  /** Lines within the files. */
  lines?: number;
}

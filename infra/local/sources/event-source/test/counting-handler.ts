/** Function that always succeeds. */
export async function handler(): Promise<void> {}

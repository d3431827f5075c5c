/** Whether a name is a time zone of the IANA database, with its daylight saving time. */
export function isTimeZone(name: string): boolean {
  try {
    // An offset such as +01:00 is a time zone to Intl, but knows no daylight saving time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** A PIN as somebody types it, without what is no digit, and not longer than one can be. */
export function cleanPin(typed: string): string {
  return typed.replace(/[^0-9]/g, '').slice(0, 6);
}

/** Whether this can be a PIN: 4 to 6 digits. */
export function isPin(text: string): boolean {
  return /^[0-9]{4,6}$/.test(text);
}

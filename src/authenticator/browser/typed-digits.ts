/** The digits of what was typed or pasted, also from keyboards that write Arabic or full-width ones. */
export function typedDigits(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.codePointAt(0)! & 15))
    .replace(/[^0-9]/g, '')
}

/**
 * Text as it is searched for: without case, marks and compatibility forms (Unicode NFKD), and without what has no shape of its
 * own, control characters among them.
 */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{C}]/gu, '')
    .toLowerCase()
    .trim()
